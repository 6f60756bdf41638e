-- Design effect of each rate from customer clusters, overall and pooled within each dimension.
-- Grain: metric, dimension. Metrics: conventions of intervals. Refresh: whole.
-- Within a segment with rate p, clusters c of n_c contacts and y_c successes:
--   deff = C / (C - 1) * sum_c (y_c - p n_c)^2 / (n p (1 - p)), the linearised cluster variance over the binomial one;
-- over the segments of a dimension both sums are pooled. At least 1; 1 where nothing varies.
-- From at most 200,000 customers, those of the least pseudonyms: a keyed hash, so a random sample that stays the same
-- from night to night. It settles an effect to about one per cent; below that number every customer counts.
with customers as (
    select
        customer_key,
        row_number() over (order by customer_key) as customer
    from contact_outcomes
    group by customer_key
    qualify customer <= 200000
),

contacts as (
    select
        customers.customer,
        mode,
        channel,
        queue,
        workflow,
        issue,
        product,
        region,
        language,
        ai_model,
        case when mature_1d then 1.0e0 else 0.0e0 end as repeat_any_1d_n,
        case when repeat_any_1d then 1.0e0 else 0.0e0 end as repeat_any_1d_y,
        case when mature_7d then 1.0e0 else 0.0e0 end as repeat_any_7d_n,
        case when repeat_any_7d then 1.0e0 else 0.0e0 end as repeat_any_7d_y,
        case when mature_30d then 1.0e0 else 0.0e0 end as repeat_any_30d_n,
        case when repeat_any_30d then 1.0e0 else 0.0e0 end as repeat_any_30d_y,
        case when repeat_issue_1d is not null then 1.0e0 else 0.0e0 end as repeat_issue_1d_n,
        case when repeat_issue_1d then 1.0e0 else 0.0e0 end as repeat_issue_1d_y,
        case when repeat_issue_7d is not null then 1.0e0 else 0.0e0 end as repeat_issue_7d_n,
        case when repeat_issue_7d then 1.0e0 else 0.0e0 end as repeat_issue_7d_y,
        case when repeat_issue_30d is not null then 1.0e0 else 0.0e0 end as repeat_issue_30d_n,
        case when repeat_issue_30d then 1.0e0 else 0.0e0 end as repeat_issue_30d_y,
        case when resolved_claimed is not null and resolved_outcome is not null then 1.0e0 else 0.0e0 end as fcr_claimed_n,
        case when resolved_claimed is not null and resolved_outcome is not null and resolved_claimed then 1.0e0 else 0.0e0 end as fcr_claimed_y,
        case when resolved_claimed is not null and resolved_outcome is not null then 1.0e0 else 0.0e0 end as fcr_outcome_n,
        case when resolved_claimed is not null and resolved_outcome is not null and resolved_outcome then 1.0e0 else 0.0e0 end as fcr_outcome_y,
        case when resolved_claimed and resolved_outcome is not null then 1.0e0 else 0.0e0 end as false_resolution_n,
        case when resolved_claimed and not resolved_outcome then 1.0e0 else 0.0e0 end as false_resolution_y,
        case when contained is not null then 1.0e0 else 0.0e0 end as containment_n,
        case when contained then 1.0e0 else 0.0e0 end as containment_y,
        case when contained and resolved_outcome is not null then 1.0e0 else 0.0e0 end as contained_outcome_n,
        case when contained and resolved_outcome then 1.0e0 else 0.0e0 end as contained_outcome_y
    from contact_outcomes as outcome
    inner join customers
        on outcome.customer_key = customers.customer_key
),

by_all as (
    select
        'all' as dimension,
        cast('' as varchar) as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    group by customer
),

by_mode as (
    select
        'mode' as dimension,
        mode as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where mode is not null
    group by customer, mode
),

by_channel as (
    select
        'channel' as dimension,
        channel as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where channel is not null
    group by customer, channel
),

by_queue as (
    select
        'queue' as dimension,
        queue as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where queue is not null
    group by customer, queue
),

by_workflow as (
    select
        'workflow' as dimension,
        workflow as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where workflow is not null
    group by customer, workflow
),

by_issue as (
    select
        'issue' as dimension,
        issue as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where issue is not null
    group by customer, issue
),

by_product as (
    select
        'product' as dimension,
        product as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where product is not null
    group by customer, product
),

by_region as (
    select
        'region' as dimension,
        region as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where region is not null
    group by customer, region
),

by_language as (
    select
        'language' as dimension,
        language as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where language is not null
    group by customer, language
),

by_ai_model as (
    select
        'ai_model' as dimension,
        ai_model as segment,
        customer,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y
    from contacts
    where ai_model is not null
    group by customer, ai_model
),

clusters as (
    select * from by_all
    union all
    select * from by_mode
    union all
    select * from by_channel
    union all
    select * from by_queue
    union all
    select * from by_workflow
    union all
    select * from by_issue
    union all
    select * from by_product
    union all
    select * from by_region
    union all
    select * from by_language
    union all
    select * from by_ai_model
),

moments as (
    select
        dimension,
        segment,
        count(*) filter (where repeat_any_1d_n > 0) as repeat_any_1d_c,
        sum(repeat_any_1d_n) as repeat_any_1d_n,
        sum(repeat_any_1d_y) as repeat_any_1d_y,
        sum(repeat_any_1d_y * repeat_any_1d_y) as repeat_any_1d_yy,
        sum(repeat_any_1d_y * repeat_any_1d_n) as repeat_any_1d_yn,
        sum(repeat_any_1d_n * repeat_any_1d_n) as repeat_any_1d_nn,
        count(*) filter (where repeat_any_7d_n > 0) as repeat_any_7d_c,
        sum(repeat_any_7d_n) as repeat_any_7d_n,
        sum(repeat_any_7d_y) as repeat_any_7d_y,
        sum(repeat_any_7d_y * repeat_any_7d_y) as repeat_any_7d_yy,
        sum(repeat_any_7d_y * repeat_any_7d_n) as repeat_any_7d_yn,
        sum(repeat_any_7d_n * repeat_any_7d_n) as repeat_any_7d_nn,
        count(*) filter (where repeat_any_30d_n > 0) as repeat_any_30d_c,
        sum(repeat_any_30d_n) as repeat_any_30d_n,
        sum(repeat_any_30d_y) as repeat_any_30d_y,
        sum(repeat_any_30d_y * repeat_any_30d_y) as repeat_any_30d_yy,
        sum(repeat_any_30d_y * repeat_any_30d_n) as repeat_any_30d_yn,
        sum(repeat_any_30d_n * repeat_any_30d_n) as repeat_any_30d_nn,
        count(*) filter (where repeat_issue_1d_n > 0) as repeat_issue_1d_c,
        sum(repeat_issue_1d_n) as repeat_issue_1d_n,
        sum(repeat_issue_1d_y) as repeat_issue_1d_y,
        sum(repeat_issue_1d_y * repeat_issue_1d_y) as repeat_issue_1d_yy,
        sum(repeat_issue_1d_y * repeat_issue_1d_n) as repeat_issue_1d_yn,
        sum(repeat_issue_1d_n * repeat_issue_1d_n) as repeat_issue_1d_nn,
        count(*) filter (where repeat_issue_7d_n > 0) as repeat_issue_7d_c,
        sum(repeat_issue_7d_n) as repeat_issue_7d_n,
        sum(repeat_issue_7d_y) as repeat_issue_7d_y,
        sum(repeat_issue_7d_y * repeat_issue_7d_y) as repeat_issue_7d_yy,
        sum(repeat_issue_7d_y * repeat_issue_7d_n) as repeat_issue_7d_yn,
        sum(repeat_issue_7d_n * repeat_issue_7d_n) as repeat_issue_7d_nn,
        count(*) filter (where repeat_issue_30d_n > 0) as repeat_issue_30d_c,
        sum(repeat_issue_30d_n) as repeat_issue_30d_n,
        sum(repeat_issue_30d_y) as repeat_issue_30d_y,
        sum(repeat_issue_30d_y * repeat_issue_30d_y) as repeat_issue_30d_yy,
        sum(repeat_issue_30d_y * repeat_issue_30d_n) as repeat_issue_30d_yn,
        sum(repeat_issue_30d_n * repeat_issue_30d_n) as repeat_issue_30d_nn,
        count(*) filter (where fcr_claimed_n > 0) as fcr_claimed_c,
        sum(fcr_claimed_n) as fcr_claimed_n,
        sum(fcr_claimed_y) as fcr_claimed_y,
        sum(fcr_claimed_y * fcr_claimed_y) as fcr_claimed_yy,
        sum(fcr_claimed_y * fcr_claimed_n) as fcr_claimed_yn,
        sum(fcr_claimed_n * fcr_claimed_n) as fcr_claimed_nn,
        count(*) filter (where fcr_outcome_n > 0) as fcr_outcome_c,
        sum(fcr_outcome_n) as fcr_outcome_n,
        sum(fcr_outcome_y) as fcr_outcome_y,
        sum(fcr_outcome_y * fcr_outcome_y) as fcr_outcome_yy,
        sum(fcr_outcome_y * fcr_outcome_n) as fcr_outcome_yn,
        sum(fcr_outcome_n * fcr_outcome_n) as fcr_outcome_nn,
        count(*) filter (where false_resolution_n > 0) as false_resolution_c,
        sum(false_resolution_n) as false_resolution_n,
        sum(false_resolution_y) as false_resolution_y,
        sum(false_resolution_y * false_resolution_y) as false_resolution_yy,
        sum(false_resolution_y * false_resolution_n) as false_resolution_yn,
        sum(false_resolution_n * false_resolution_n) as false_resolution_nn,
        count(*) filter (where containment_n > 0) as containment_c,
        sum(containment_n) as containment_n,
        sum(containment_y) as containment_y,
        sum(containment_y * containment_y) as containment_yy,
        sum(containment_y * containment_n) as containment_yn,
        sum(containment_n * containment_n) as containment_nn,
        count(*) filter (where contained_outcome_n > 0) as contained_outcome_c,
        sum(contained_outcome_n) as contained_outcome_n,
        sum(contained_outcome_y) as contained_outcome_y,
        sum(contained_outcome_y * contained_outcome_y) as contained_outcome_yy,
        sum(contained_outcome_y * contained_outcome_n) as contained_outcome_yn,
        sum(contained_outcome_n * contained_outcome_n) as contained_outcome_nn
    from clusters
    group by dimension, segment
),

stacked as (
    select 'repeat_any_1d' as metric, dimension, repeat_any_1d_c as c, repeat_any_1d_n as n, repeat_any_1d_y as y, repeat_any_1d_yy as yy, repeat_any_1d_yn as yn, repeat_any_1d_nn as nn from moments
    union all
    select 'repeat_any_7d' as metric, dimension, repeat_any_7d_c as c, repeat_any_7d_n as n, repeat_any_7d_y as y, repeat_any_7d_yy as yy, repeat_any_7d_yn as yn, repeat_any_7d_nn as nn from moments
    union all
    select 'repeat_any_30d' as metric, dimension, repeat_any_30d_c as c, repeat_any_30d_n as n, repeat_any_30d_y as y, repeat_any_30d_yy as yy, repeat_any_30d_yn as yn, repeat_any_30d_nn as nn from moments
    union all
    select 'repeat_issue_1d' as metric, dimension, repeat_issue_1d_c as c, repeat_issue_1d_n as n, repeat_issue_1d_y as y, repeat_issue_1d_yy as yy, repeat_issue_1d_yn as yn, repeat_issue_1d_nn as nn from moments
    union all
    select 'repeat_issue_7d' as metric, dimension, repeat_issue_7d_c as c, repeat_issue_7d_n as n, repeat_issue_7d_y as y, repeat_issue_7d_yy as yy, repeat_issue_7d_yn as yn, repeat_issue_7d_nn as nn from moments
    union all
    select 'repeat_issue_30d' as metric, dimension, repeat_issue_30d_c as c, repeat_issue_30d_n as n, repeat_issue_30d_y as y, repeat_issue_30d_yy as yy, repeat_issue_30d_yn as yn, repeat_issue_30d_nn as nn from moments
    union all
    select 'fcr_claimed' as metric, dimension, fcr_claimed_c as c, fcr_claimed_n as n, fcr_claimed_y as y, fcr_claimed_yy as yy, fcr_claimed_yn as yn, fcr_claimed_nn as nn from moments
    union all
    select 'fcr_outcome' as metric, dimension, fcr_outcome_c as c, fcr_outcome_n as n, fcr_outcome_y as y, fcr_outcome_yy as yy, fcr_outcome_yn as yn, fcr_outcome_nn as nn from moments
    union all
    select 'false_resolution' as metric, dimension, false_resolution_c as c, false_resolution_n as n, false_resolution_y as y, false_resolution_yy as yy, false_resolution_yn as yn, false_resolution_nn as nn from moments
    union all
    select 'containment' as metric, dimension, containment_c as c, containment_n as n, containment_y as y, containment_yy as yy, containment_yn as yn, containment_nn as nn from moments
    union all
    select 'contained_outcome' as metric, dimension, contained_outcome_c as c, contained_outcome_n as n, contained_outcome_y as y, contained_outcome_yy as yy, contained_outcome_yn as yn, contained_outcome_nn as nn from moments
),

segments as (
    select
        metric,
        dimension,
        c,
        n,
        case
            when c > 1 then (yy - 2.0 * y / n * yn + (1.0 * y / n) * (1.0 * y / n) * nn) * c / (c - 1.0)
            else 0
        end as clustered,
        case when c > 1 then n * (1.0 * y / n) * (1 - 1.0 * y / n) else 0 end as binomial
    from stacked
    where n > 0
)

select
    metric,
    dimension,
    cast(sum(n) as bigint) as n,
    cast(sum(c) as bigint) as clusters,
    case when sum(binomial) > 0 then greatest(1.0, sum(clustered) / sum(binomial)) else 1.0 end as deff
from segments
group by metric, dimension
