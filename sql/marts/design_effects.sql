-- Intra-customer correlation and design effect of each rate, over all weeks and over the weeks of all segments of a dimension.
-- Grain: metric, dimension. Metrics: conventions of intervals. Refresh: whole.
-- Pairs of contacts of one customer within a slice (a week of a segment) with rate p = x / n, k = sum n_c^2 / n, v = (sum x^2) / n - p^2 and s2 = v n / (n - 1):
--   shared = sum_c (x_c - p n_c)^2 - n v + (k - 1) s2, the sum of (x_i - p)(x_j - p) over pairs i <> j of one customer, freed of what p is estimated from
--            the same contacts, and
--   pairs  = s2 (sum n_c^2 - n - 2 (sum n_c^3 - sum n_c^2) / n + (k - 1) (k + 1) - (k - 1)^2 / (n - 1)), its expectation at a correlation of 1;
-- correlation = sum of shared / k over the slices, by sum of pairs / k, between 0 and 1; deff = 1 + correlation (mean_cluster - 1).
-- By 1 / k a slice weighs as its n / k effective customers: one customer who makes a third of one slice does not decide for all others.
-- A slice in which nobody has two contacts adds 0 to both.
with slices as (
    select
        metric,
        dimension,
        segment,
        week,
        n,
        customers,
        sum_squares,
        sum_cubes,
        cast(sum_squares as double) / n as k,
        successes / n as p,
        success_squares / n - (successes / n) * (successes / n) as v,
        sum_products,
        sum_success_squares
    from slice_clusters
    where dimension = 'all' or segment is not null
),

pairs as (
    select
        slices.*,
        case
            when customers < n
                then sum_success_squares - 2.0 * p * sum_products + p * p * sum_squares - n * v + (k - 1.0) * v * n / (n - 1.0)
            else 0.0
        end as shared,
        case
            when customers < n
                then v * n / (n - 1.0) * (sum_squares - n - 2.0 * (sum_cubes - sum_squares) / n + (k - 1.0) * (k + 1.0) - (k - 1.0) * (k - 1.0) / (n - 1.0))
            else 0.0
        end as pairs
    from slices
),

-- In the order of slices, so that the same contacts give the same numbers to their last digits.
pooled as (
    select
        metric,
        dimension,
        cast(sum(n) as bigint) as n,
        cast(sum(customers) as bigint) as clusters,
        cast(sum(sum_squares) as double) / sum(n) as mean_cluster,
        sum(shared / k order by week, segment) as shared,
        sum(pairs / k order by week, segment) as pairs
    from pairs
    group by metric, dimension
),

correlated as (
    select
        metric,
        dimension,
        n,
        clusters,
        mean_cluster,
        -- Below a millionth of a pair there is nothing but rounding.
        case when pairs > 0.000001 then least(1.0, greatest(0.0, shared / pairs)) else 0.0 end as correlation
    from pooled
)

select
    metric,
    dimension,
    n,
    clusters,
    mean_cluster,
    correlation,
    1.0 + correlation * (mean_cluster - 1.0) as deff
from correlated
