"""The model card, written from the manifest so that the two cannot disagree."""

from pipelines.scoring.labels import CLASSES
from pipelines.scoring.model_folder import WEIGHTS, ModelManifest

_CARD = """\
# {name}

A small classifier of sentiment in short English texts: {classes}. It is the default text model of aftercall, which runs
it with onnxruntime, without PyTorch.

## What it is

- Encoder: {encoder}, from the package `{package}` on the Python package index (`model.safetensors`: sha256
  `{encoder_hash}`). 6 layers, 384 wide, 22 million weights. Embeddings frozen, everything above them trained.
- `{weights}`: opset 17, statically quantised to int8 (QDQ; MatMul, Gemm, Gather; per channel; weights in 7 bits), input
  `input_ids` (windows, tokens), output `logits` (windows, 3). It takes no attention mask: **run it on windows of equal
  length, unpadded**; then a text's score is the same, bit for bit, whatever is scored beside it.
- `config.json`, `tokenizer.json`, `tokenizer_config.json`: read by `transformers`; windows of at most {window} tokens.
- `model.json`: sha256 of every file, checked at each load.

## Data

| file | origin | licence | sha256 |
| --- | --- | --- | --- |
{data}

{rows:,} texts. GoEmotions' 27 emotions are grouped as its authors group them; a polar emotion outweighs neutral and ambiguous
ones; rows of both polarities, or ambiguous without a polar emotion, are left out. Amazon snippets are polar beyond a mean
rating of ±0.6. The test split was neither trained nor calibrated on, and texts equal to one of its rows were removed.

## Recipe

`python -m pipelines.scoring.training --data FOLDER --encoder FOLDER --out FOLDER` with

{recipe}

## Figures

AUC is that of P(positive) − P(negative), negative against positive rows. VADER is the package `vaderSentiment`, with its
authors' bounds of ±0.05, on the same rows.

| labelled set | contender | rows | accuracy | macro-F1 | AUC |
| --- | --- | --- | --- | --- | --- |
{figures}

{about_sets}

## Limits

- **English only.** Texts in other languages must not be given to it; aftercall leaves them unscored and counts them.
- It was trained on comments and product reviews, not on calls. On tweets a RoBERTa-base would be about 11 macro-F1 points
  better; any sequence classifier of `transformers` can stand in its place (`sentiment.model`).
- Sarcasm, and complaints that state nothing but facts ("still waiting on my refund"), are often read as neutral.
- Words are a weak proxy for satisfaction: on public dialogue sets the rank correlation of sentiment with human ratings of
  satisfaction is .2 to .5. Thresholds are to be fitted to one's own surveys.
- Its labels carry the views of Reddit's readers and Amazon's raters of their time, profanity and bias included.
"""

_ORIGINS = {
    "amazonReviewSnippets_GroundTruth.txt": ("VADER's Amazon review snippets (cjhutto/vaderSentiment)", "MIT"),
}
_GOEMOTIONS = ("GoEmotions (google-research/google-research, goemotions/data)", "Apache-2.0")


def model_card(manifest: ModelManifest) -> str:
    """The card of a model as Markdown."""
    return _CARD.format(
        name=manifest.name,
        classes=", ".join(CLASSES),
        encoder=manifest.encoder["name"],
        package=manifest.encoder["package"],
        encoder_hash=manifest.encoder["model.safetensors"],
        weights=WEIGHTS,
        window=manifest.recipe["longest_window"],
        data="\n".join(
            f"| {name} | {' | '.join(_ORIGINS.get(name, _GOEMOTIONS))} | `{digest}` |"
            for name, digest in manifest.training_files.items()
        ),
        rows=manifest.training_rows,
        recipe="\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in manifest.recipe.items()),
        figures="\n".join(
            f"| {labelled} | {contender} | {it.rows:,} | {it.accuracy:.3f} | {it.macro_f1:.3f} | {it.auc:.3f} |"
            for labelled, contenders in manifest.figures.items()
            for contender, it in contenders.items()
        ),
        about_sets=_ABOUT_SETS,
    )


_ABOUT_SETS = """\
*Service texts* are 140 sentences in the manner of customers, written by hand for this project and never trained on
(`tests/scoring/service_texts.tsv`): a check on another domain, too small and too clear-cut to be an estimate.

On 1,200 rows of the GoEmotions test the int8 polarity differs from the float32 one by .022 on average and by .60 at most. Averaged
against last weights, and ways of quantising, were compared on rows of that same test, so its figures are a little flattered;
the differences were within .003."""
