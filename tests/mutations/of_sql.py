"""Faults of the SQL models: windows, ties, denominators, nulls, zones."""

from mutations.mutation import Mutation

_ORACLE = ("tests/reference/test_brute_force.py", "-k", "test_the_product_agrees and default")
#: The case in which complaints lag by three days.
_ORACLE_WITH_LAG = ("tests/reference/test_brute_force.py", "-k", "test_the_product_agrees and day")
#: All three cases; the default one has neither surveys nor contacts at the edge of every window.
_EVERY_ORACLE = ("tests/reference/test_brute_force.py", "-k", "test_the_product_agrees")
_ANSWERS = ("tests/analyses/test_answers_and_identities.py",)
_INPUTS = ("tests/analyses/test_analysis_inputs.py",)
_PROMISES = ("tests/analyses/test_promises.py",)
_HANDOFFS = ("tests/analyses/test_handoffs.py",)
_REVIEWS = ("tests/analyses/test_reviews.py",)
_FOLLOWED = ("tests/analyses/test_what_followed.py",)

MUTATIONS = (
    Mutation(
        "a repeat of the same issue at the very end of the window is lost",
        "sql/intermediate/int_next_contact.sql",
        "next_same_at <= ended_at + interval 720 hour, false)",
        "next_same_at < ended_at + interval 720 hour, false)",
        _ORACLE,
    ),
    Mutation(
        "contacts follow each other by id before time",
        "sql/intermediate/int_next_contact.sql",
        "customer as (partition by customer_key order by started_at, contact_id, system)",
        "customer as (partition by customer_key order by contact_id, started_at, system)",
        _ORACLE,
    ),
    Mutation(
        "a window counts as closed a day late",
        "sql/marts/contact_outcomes.sql",
        "contact.ended_at + interval 720 hour <= $as_of as is_mature_30d",
        "contact.ended_at + interval 744 hour <= $as_of as is_mature_30d",
        _EVERY_ORACLE,
    ),
    Mutation(
        "the week of a repeat has eight days",
        "sql/marts/contact_outcomes.sql",
        "coalesce(next_contact_at <= ended_at + interval 168 hour, false) as came_back_7d",
        "coalesce(next_contact_at <= ended_at + interval 192 hour, false) as came_back_7d",
        _ORACLE,
    ),
    Mutation(
        "the outcome does not wait for the lag of complaints",
        "sql/marts/contact_outcomes.sql",
        "contact.ended_at + interval 720 hour + $lag_days * interval 24 hour <= $as_of as is_settled",
        "contact.ended_at + interval 720 hour <= $as_of as is_settled",
        _ORACLE_WITH_LAG,
    ),
    Mutation(
        "any repeat undoes a resolution, whatever it was about",
        "sql/marts/contact_outcomes.sql",
        "not (case when issue is not null then came_back_issue_30d else came_back_30d end)",
        "not came_back_30d",
        _ORACLE,
    ),
    Mutation(
        "test contacts are eligible",
        "sql/intermediate/int_contacts.sql",
        "is_inbound and is_served and not is_phantom and customer_key is not null as is_eligible",
        "is_inbound and is_served and customer_key is not null as is_eligible",
        _ORACLE,
    ),
    Mutation(
        "days are cut in UTC",
        "sql/intermediate/int_contacts.sql",
        "started_at at time zone 'UTC' at time zone $time_zone as local_start",
        "started_at as local_start",
        _INPUTS,
    ),
    Mutation(
        "a complaint links to the latest contact, whatever it was about",
        "sql/intermediate/int_complaint_links.sql",
        "order by tier, ended_at desc, started_at desc",
        "order by ended_at desc, started_at desc",
        _ORACLE,
    ),
    Mutation(
        "a complaint at the end of the look-back is lost",
        "sql/intermediate/int_complaint_links.sql",
        "eligible.ended_at >= complaint.received_at - $lookback_days",
        "eligible.ended_at > complaint.received_at - $lookback_days",
        _EVERY_ORACLE,
    ),
    Mutation(
        "an answer seconds before the recorded end is lost",
        "sql/intermediate/int_survey_links.sql",
        "contact.ended_at > response.responded_at + $survey_early_seconds * interval 1 second as is_going_on",
        "contact.ended_at > response.responded_at as is_going_on",
        _ANSWERS,
    ),
    Mutation(
        "of several answers the last counts",
        "sql/intermediate/int_survey_links.sql",
        "order by responded_at, response_id, system",
        "order by responded_at desc, response_id, system",
        _EVERY_ORACLE,
    ),
    Mutation(
        "an answer about a contact that is not eligible counts as one that does",
        "sql/intermediate/int_survey_links.sql",
        "when is_linked and not is_eligible then 'not_eligible'",
        "when is_linked and not is_eligible then 'counted'",
        _ANSWERS,
    ),
    Mutation(
        "a promise is broken at the instant at which its grace ends",
        "sql/intermediate/int_promise_fates.sql",
        "when broken_after < $as_of then 'broken'",
        "when broken_after <= $as_of then 'broken'",
        _PROMISES,
    ),
    Mutation(
        "promises have no grace",
        "sql/intermediate/int_promise_fates.sql",
        "promise.due_at + $promise_grace_days * interval 24 hour as broken_after",
        "promise.due_at as broken_after",
        _PROMISES,
    ),
    Mutation(
        "a handoff is complete by four parts, recorded or not",
        "sql/marts/handoff_quality.sql",
        "judged.parts_present / cast(judged.parts_recorded as double)",
        "judged.parts_present / 4.0",
        _HANDOFFS,
    ),
    Mutation(
        "the time to a person is that of the next leg even where a wait is recorded",
        "sql/marts/handoff_quality.sql",
        "coalesce(judged.wait_seconds, judged.seconds_to_leg) as seconds_to_human",
        "coalesce(judged.seconds_to_leg, judged.wait_seconds) as seconds_to_human",
        _HANDOFFS,
    ),
    Mutation(
        "what was detected goes before what was recorded",
        "sql/marts/handoff_quality.sql",
        "coalesce(judged.customer_repeated, judged.repeated_detected) as customer_repeated",
        "coalesce(judged.repeated_detected, judged.customer_repeated) as customer_repeated",
        _HANDOFFS,
    ),
    Mutation(
        "the outcome of a contact speaks for every claim in it",
        "sql/analysis_inputs/input_claims.sql",
        "case when lower(claim.claim_type) = 'resolution' then outcome.resolved_outcome end as resolved_outcome",
        "outcome.resolved_outcome",
        _INPUTS,
    ),
    Mutation(
        "the last day that has closed is the one that is closing",
        "sql/analysis_inputs/input_divergence_contacts.sql",
        ") - 1 as last_day",
        ") as last_day",
        _INPUTS,
    ),
    Mutation(
        "sentiment of exactly the bound is not negative",
        "sql/analysis_inputs/input_handoffs.sql",
        "moods.closing_sentiment <= -0.25, false)",
        "moods.closing_sentiment < -0.4, false)",
        _INPUTS,
    ),
    Mutation(
        "earlier verdicts on a flag count beside the latest",
        "sql/analysis_inputs/input_flag_verdicts.sql",
        "    where is_latest\n",
        "",
        _REVIEWS,
    ),
    Mutation(
        "verdicts on claims that looked doubtful stand for all claims",
        "sql/analysis_inputs/input_reviews.sql",
        "case when sample.review_sampling = 'random' then sample.verified_correct end as verified_correct",
        "sample.verified_correct",
        _REVIEWS,
    ),
    Mutation(
        "suggestions count whoever led the contact",
        "sql/analysis_inputs/input_suggestions.sql",
        "    where contact.mode = 'human_primary'\n",
        "",
        _FOLLOWED,
    ),
    Mutation(
        "an agent is new for four months",
        "sql/analysis_inputs/input_suggestions.sql",
        "agents.started_on + interval 3 month",
        "agents.started_on + interval 4 month",
        _FOLLOWED,
    ),
    Mutation(
        "test contacts are in the mix of modes",
        "sql/marts/mode_mix.sql",
        "    and not is_phantom\n",
        "",
        ("tests/reference/test_brute_force.py", "-k", "test_handoffs_and_promises"),
    ),
    Mutation(
        "a contact of a customer who comes twice counts once more in the sum of squares",
        "sql/marts/slice_clusters.sql",
        "rate.n * rate.n - rate.n as nn,",
        "rate.n * rate.n as nn,",
        ("tests/warehouse/test_models_by_files.py", "-k", "slice_clusters"),
    ),
    Mutation(
        "one dominated week decides the correlation of all",
        "sql/marts/design_effects.sql",
        "sum(shared / k order by week, segment)",
        "sum(shared order by week, segment)",
        ("tests/warehouse/test_models_by_files.py", "-k", "design_effects"),
    ),
)
