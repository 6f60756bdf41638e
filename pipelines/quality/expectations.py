"""What Great Expectations is asked: how many rows break a rule. Importing this imports Great Expectations, which takes seconds.

Its own expectations ask several queries for every rule and a batch for every table. Here the rules of a table that look at
one row at a time share one query, so a table is read once for all of them.
"""

from typing import Any, ClassVar

import sqlalchemy
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider


class BrokenRowCounts(QueryMetricProvider):
    """Metric: the one row of ``counts_query``, a number of rows for each check that it names. Asked once, whoever needs it."""

    metric_name = "broken_rows.counts"
    value_keys = ("counts_query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805  (the decorator makes it a class method)
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, int]:
        del metric_domain_kwargs, metrics, runtime_configuration
        # A colon would begin a parameter.
        query = sqlalchemy.text(metric_value_kwargs["counts_query"].replace(":", "\\:"))
        return dict(execution_engine.execute_query(query).mappings().one())


class NoBrokenRows(BatchExpectation):
    """Expectation: the column ``check`` of ``counts_query`` is 0."""

    counts_query: str
    check: str

    metric_dependencies: ClassVar[tuple[str, ...]] = (BrokenRowCounts.metric_name,)
    success_keys: ClassVar[tuple[str, ...]] = ("counts_query", "check")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    _configuration: ExpectationConfiguration | None = PrivateAttr(None)

    @property
    def configuration(self) -> ExpectationConfiguration:
        """Made once: Great Expectations asks for it two dozen times a check, and making it is most of what a check costs."""
        if self._configuration is None:
            self._configuration = super().configuration
        return self._configuration

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        del runtime_configuration, execution_engine
        broken = metrics[BrokenRowCounts.metric_name][self.check]
        return {"success": broken == 0, "result": {"observed_value": broken}}
