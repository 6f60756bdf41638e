-- How the contacts of each slice that is read are shared among customers; the intervals of its rates follow from it.
-- Grain: week, dimension, segment, metric. Metrics: conventions of intervals, M2, M5, M7. Refresh: whole.
-- Sums of squares do not add up over weeks or segments: a customer with one contact in each of two slices has two in both together.
select
    week,
    dimension,
    segment,
    metric,
    n,
    customers,
    sum_squares,
    largest
from slice_moments
