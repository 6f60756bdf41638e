"""What is said, read: promises of the company (M12), customers who ask for a person (M19) or say it again (M11).

What a language needs stands in a pattern file (``patterns/en.toml`` says how to read one): reviewed data, without which
the engine knows no word. A language more is a file more, in ``patterns`` or in a folder that the configuration names.

How a promise is read
- A text falls apart into sentences and clauses; sums of money become one word, contractions are written out.
- Templates say which verbs and nouns make a promise of which kind, in the future ("we will refund"), under way ("I am
  sending"), in the passive ("a credit will be applied") or done ("I have credited").
- It is none where its clause denies, guesses, asks, tells what somebody said, or hangs on a condition, or where the
  next sentence waits for a yes. Of the same words one kind is read; one thing said twice is one promise.
- The amount is the sum nearest to the promised thing, prices and balances last or never; the due time is the latest that
  the clause, or a clause or sentence that still speaks of the promise, names.

What it finds, measured on ``tests/labelled`` (its README says what counts; a promise is right only if kind, amount and
currency are). Nobody read the held-out, fresh and real turns to write a pattern; the held-out ones were counted again and
again while patterns were pruned, so their figures flatter a little. The fresh ones, by another hand, were measured once.

    =================  ==================  ==================  ==============  ===============  ==================
    English, right of  tuning: found       held out: found     labelled        fresh: found     labelled
    =================  ==================  ==================  ==============  ===============  ==================
    promises           149 of 151          126 of 140 (.90)    of 243 (.52)    55 of 61 (.90)   of 81 (.68)
    asks for a person  36 of 36            37 of 39 (.95)      of 53 (.70)     16 of 18 (.89)   of 26 (.62)
    says it again      38 of 38            20 of 22 (.91)      of 55 (.36)     14 of 16 (.88)   of 24 (.58)
    =================  ==================  ==================  ==============  ===============  ==================

On the real conversations 24 of 26 promises found are right, of 33; none of their customers says either phrase, and none
is found. So what is found is right nine times in ten (the two phrases on few cases: 53 of 57 and 34 of 38 together), and much
is not found: a third to a half of the promises. Counts of promises are lower bounds; rates among those found are what to look
at. Spanish is modest, was checked on the simulator's phrases alone, and has no labels yet.

Limits
- Irony, and promises spread over several turns ("Yes, I'll do that.") are not read. A sentence is cut after 200 words, a
  text after 20,000 characters.
- A bare "$", or a name that several currencies share, has no currency but its symbol: the project's is meant. A price
  in words without a currency ("twelve ninety nine") is no amount.
- Languages that part no words by blanks (Chinese, Japanese, Thai) need another engine.
- Templates are tried on words, in time proportional to the length of a text, whatever it holds.
"""

from pipelines.extraction.finding import FINDING_SCHEMA, LONGEST_CHARACTERS, Role, find
from pipelines.extraction.languages import Patterns, load_patterns

__all__ = ["FINDING_SCHEMA", "LONGEST_CHARACTERS", "Patterns", "Role", "find", "load_patterns"]
