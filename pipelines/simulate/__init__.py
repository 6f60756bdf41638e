"""Synthetic contact-centre operations in the canonical format, at any scale, with planted truths.

One room per concern: ``parameters`` and ``handoff_parameters`` (what may be planted), ``arrival_times`` (when), ``customers``
and ``agents`` (who), ``changes`` (what is different from some day on), ``contacts`` (what happens), ``handoffs``, ``promises``
and ``due_dates`` (what happens between AI and people in them), ``truth`` (how likely the customer returns), ``legs``,
``followups``, ``assistance``, ``promise_records`` and ``conversations`` (the records that it leaves), ``phrases/``,
``phrase_index`` and ``promise_words`` (words), ``deliveries`` and ``configuration`` (how it lands), ``truth_files`` (what was
planted), ``simulation`` (the whole way).
Nothing here knows the warehouse; of the product it uses the contract alone.
"""

from pipelines.simulate.parameters import World
from pipelines.simulate.simulation import DEFAULT_END, DEFAULT_TIME_ZONE, SimulationSummary, simulate

__all__ = ["DEFAULT_END", "DEFAULT_TIME_ZONE", "SimulationSummary", "World", "simulate"]
