"""Which SQL models are computed in one step: all that wait for the same steps of Python.

A step costs the same whether it makes one table or thirty, so the models between two steps that score texts, match
promises or compute statistics are one step. Each table stays an asset of its own.
"""

from collections.abc import Iterable, Mapping

import dagster as dg

from pipelines.warehouse.models import Model


def sql_stages(models: Iterable[Model], others: Iterable[dg.AssetsDefinition]) -> list[tuple[Model, ...]]:
    """The models in stages, in order: no stage waits for a step of Python that waits for it.

    ``models``: each after those that it reads. ``others``: the steps of Python between them.
    """
    ordered = tuple(models)
    reads = {model.name: model.reads for model in ordered}
    steps = _deps(others)
    stage: dict[str, int] = {}

    def stage_of(name: str) -> int:
        """The stage of a model; of a table that Python makes, the stage after which it is made; 0 for landing tables."""
        if name not in stage:
            if name in reads:
                stage[name] = max((stage_of(read) + (read in steps) for read in reads[name]), default=0)
            else:
                stage[name] = max((stage_of(dep) for dep in steps.get(name, ())), default=0)
        return stage[name]

    last = max((stage_of(model.name) for model in ordered), default=-1)
    stages = (tuple(model for model in ordered if stage[model.name] == number) for number in range(last + 1))
    return [models for models in stages if models]


def _deps(definitions: Iterable[dg.AssetsDefinition]) -> Mapping[str, frozenset[str]]:
    """table → the tables that its step reads."""
    return {
        spec.key.to_user_string(): frozenset(dep.asset_key.to_user_string() for dep in spec.deps)
        for definition in definitions
        for spec in definition.specs
    }
