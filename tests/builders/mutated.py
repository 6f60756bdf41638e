"""Files with a fault somewhere: bytes that were flipped, lost, doubled, cut off or put in."""

import random


def mutated_bytes(content: bytes, chance: random.Random) -> bytes:
    """The content with one fault."""
    place = chance.randrange(len(content) + 1)
    match chance.randrange(6):
        case 0:
            return (
                content[:place]
                + bytes([content[place % len(content)] ^ (1 << chance.randrange(8))])
                + content[place + 1 :]
            )
        case 1:
            return content[:place] + content[place + chance.randrange(1, 50) :]
        case 2:
            return (
                content[:place]
                + chance.choice([b'"', b"\n", b"\r", b",", b"\x00", b"\xff", b"{", b"]", b"\\"])
                + content[place:]
            )
        case 3:
            return content[:place]
        case 4:
            lines = content.splitlines(keepends=True)
            twice = chance.randrange(len(lines))
            return b"".join(lines[: twice + 1] + lines[twice:])
        case _:
            return content[:place] + chance.randbytes(chance.randrange(1, 20)) + content[place:]
