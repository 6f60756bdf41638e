"""The encoder's card, written from its manifest so that the two cannot disagree."""

from pipelines.scoring.model_folder import WEIGHTS
from pipelines.scoring.text_encoder import EncoderManifest

_CARD = """\
# {name}

A small encoder of short English texts: 384 numbers, of unit length, near to each other for texts of like meaning.
aftercall compares with it what a customer said before and after a handoff. onnxruntime runs it, without PyTorch.

## What it is

- Encoder: {encoder}, from the package `{package}` on the Python package index (`model.safetensors`: sha256
  `{encoder_hash}`). 6 layers, 384 wide, 22 million weights. Nothing was trained here.
- `{weights}`: opset 17, statically quantised to int8 (QDQ; MatMul, Gather; per channel; weights in 7 bits), input
  `input_ids` (windows, tokens), output `states` (windows, tokens, 384): the last layer. An embedding is their mean over all
  tokens of a text, of all its windows, brought to unit length. It takes no attention mask: **run it on windows of equal
  length, unpadded, and sum up window by window**; then a text's embedding is the same, bit for bit, whatever is embedded
  beside it.
- Tokenizer: that of the sentiment model in the folder beside this one, whose files are not repeated here; windows of at
  most {longest_window} tokens.
- `model.json`: sha256 of every file, those of the tokenizer included, checked at each load.

## Recipe

`python -m pipelines.scoring.encoding --data FOLDER --encoder FOLDER --paraphrases FILE --out FOLDER` with seed {seed}.
Before quantisation {balance_percent}% of the spread among the inputs of each linear layer is moved into its weights (Xiao et al.,
"SmoothQuant", ICML 2023). Scales come from {calibration_texts} texts of this data (GoEmotions and VADER's Amazon snippets; origins and
licences are in the sentiment model's card), less every text of `test.tsv`:

| file | sha256 |
| --- | --- |
{data}

## Figures

The int8 encoder against the float32 one, on {measured_texts:,} texts of `test.tsv`:

| figure | value |
| --- | --- |
| cosine between the two embeddings of a text, mean | {cosine_to_float32_mean:.4f} |
| the same, least | {cosine_to_float32_least:.4f} |
| absolute difference of the cosine of two texts, mean over all pairs | {pair_difference_mean:.4f} |
| the same, largest | {pair_difference_largest:.4f} |
| share of texts that keep their nearest neighbour | {same_nearest:.3f} |

Finding each sentence's paraphrase among {paraphrases} sentences in the manner of customers, from either side
(`tests/scoring/paraphrases.tsv`, written by hand for this project):

| contender | share in which it is the nearest | mean reciprocal rank |
| --- | --- | --- |
| int8 | {int8_paraphrase_first:.3f} | {int8_paraphrase_reciprocal_rank:.3f} |
| float32 | {float32_paraphrase_first:.3f} | {float32_paraphrase_reciprocal_rank:.3f} |

The share of the balance was chosen on texts of the same `test.tsv`, so the first table is a little flattered.

## Limits

- **English only.** Texts in other languages must not be given to it; aftercall does not compare them.
- It measures what a text is about, not whether it is true: "it works" and "it does not work" are near to each other, and
  so are two order numbers.
- Short texts ("yes", "okay thanks") are near to each other and say nothing; aftercall leaves them out.
- On a processor with other instructions the last digits may differ.
"""


def encoder_card(manifest: EncoderManifest) -> str:
    """The card of the encoder as Markdown."""
    return _CARD.format(
        name=manifest.name,
        encoder=manifest.encoder["name"],
        package=manifest.encoder["package"],
        encoder_hash=manifest.encoder["model.safetensors"],
        weights=WEIGHTS,
        data="\n".join(f"| {name} | `{digest}` |" for name, digest in manifest.calibration_files.items()),
        **manifest.recipe,
        **manifest.figures,
    )
