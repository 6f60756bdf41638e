-- What customers said when they came back: their turns in the contact that repeated one which segment divergence compares.
-- Grain: a customer's turn of the repeat contact, for each contact that it repeats. Metrics: M2, M16. Refresh: view.
-- A view: it is asked for diverging segments alone, and reads no text of other contacts.
select
    compared.period,
    compared.customer,
    compared.mode,
    compared.channel,
    compared.queue,
    compared.workflow,
    compared.issue,
    compared.product,
    compared.region,
    compared.language,
    compared.ai_model,
    turn.text
from input_divergence_contacts as compared
inner join int_contacts as contact
    on compared.system = contact.system
    and compared.contact_id = contact.contact_id
inner join int_next_contact as following
    on contact.contact_number = following.contact_number
inner join int_contacts as repetition
    on following.next_contact_number = repetition.contact_number
inner join int_texts as turn
    on repetition.system = turn.system
    and repetition.contact_id = turn.contact_id
where compared.repeat
    and turn.kind = 'turn'
    and turn.speaker = 'customer'
