"""What is said in Spanish where AI and people meet; the same shape as ``phrases_seams_en``, which says how it is read."""

from pipelines.simulate.due_dates import DueUnit

SEAM_BEATS: dict[str, dict[str, tuple[str, ...]]] = {
    "say_again": {
        "unhappy": (
            "Ya se lo expliqué todo al robot. ¿Otra vez?",
            "¿No le han pasado nada? Es la segunda vez que lo cuento.",
            "¿Tengo que empezar de cero? Acabo de contárselo a su asistente.",
        ),
        "": (
            "Ya se lo dije a la asistente, pero lo repito.",
            "Como le decía antes al chat, es lo mismo.",
            "Se lo he explicado hace un momento a Aria, pero bueno.",
        ),
    },
    "restated": {
        "billing_dispute": (
            "Este mes la factura sube {amount} respecto al anterior.",
            "En la tarjeta aparece el mismo cobro dos veces.",
        ),
        "refund_status": (
            "El reembolso de {amount} sigue sin llegarme.",
            "El aparato lo envié de vuelta y el dinero no aparece.",
        ),
        "roaming_charges": (
            "No he salido del país y hay {amount} de itinerancia.",
            "Hay un cargo por roaming en mi línea que no comprendo.",
        ),
        "outage": (
            "Desde esta mañana estoy sin internet en casa.",
            "Aquí no va nada, creo que hay una avería en la zona.",
        ),
        "slow_internet": (
            "Por la noche la conexión va muy lenta.",
            "Se me corta el internet a cada rato.",
        ),
        "device_setup": (
            "El router nuevo no lo puedo instalar.",
            "El aparato que pedí no consigue conectarse.",
        ),
        "sim_activation": (
            "Mi tarjeta SIM sigue sin activarse.",
            "Mi línea no tiene servicio todavía.",
        ),
        "plan_change": (
            "Busco un plan que cueste menos.",
            "Me gustaría tener una segunda línea.",
        ),
        "cancel_service": (
            "Lo que quiero es dar de baja el contrato.",
            "Voy a otra compañía, así que cierre la cuenta.",
        ),
        "password_reset": (
            "No me deja entrar en la cuenta.",
            "El mensaje para la contraseña nueva no me llega.",
        ),
        "": ("Es una duda sobre mi cuenta.", "No comprendo la carta que me mandaron."),
    },
    "new_fact": {
        "billing_dispute": ("Mi hija cambió de móvil el día ocho.", "En la tienda me dieron un código de descuento."),
        "refund_status": ("Tengo el resguardo de la mensajería.", "Una parte la pagué con un vale."),
        "roaming_charges": ("Mi marido tiene el mismo plan y no paga nada.", "Usé la red del hotel para llamar."),
        "outage": ("La luz de la caja parpadea en naranja.", "Ayer estaban haciendo obras en la esquina."),
        "slow_internet": ("Con cable pasa igual que sin él.", "El módem tiene cuatro años."),
        "device_setup": ("La luz de atrás está en verde.", "La tele es de 2014."),
        "sim_activation": ("El teléfono lo traje de otro país.", "La carta con el código llegó abierta."),
        "plan_change": ("Mis padres lo compartirían conmigo.", "Viajo a México tres veces al año."),
        "cancel_service": ("Nos mudamos al extranjero en primavera.", "La permanencia acabó en junio."),
        "password_reset": ("El fin de semana cambié de móvil.", "En la tableta de mi mujer sí funciona."),
        "": ("Arriba pone un número de referencia.", "Llevo once años con ustedes."),
    },
    "take_over": {
        "billing_dispute": ("Veo lo que habló con la asistente sobre su factura, no hace falta que lo repita.",),
        "refund_status": ("Tengo aquí lo de su reembolso. ¿Algo más que deba saber?",),
        "outage": ("Veo que está sin servicio y lo que se ha probado. Sigo desde ahí.",),
        "": ("Veo lo que habló con la asistente, no hace falta que lo repita.", "He leído el resumen. Sigo desde ahí."),
    },
    "ask_human": {
        "unhappy": (
            "Quiero hablar con una persona.",
            "Páseme con un agente de una vez.",
            "No quiero hablar con una máquina, póngame con alguien.",
        ),
        "": (
            "¿Me puede pasar con una persona, por favor?",
            "Prefiero hablar con un humano.",
            "¿Podría ponerme con un agente?",
            "Me gustaría hablar con alguien de atención al cliente.",
        ),
    },
    "deflect": {
        "": (
            "Seguro que puedo ayudarle yo. Vamos a intentarlo primero.",
            "Ahora mismo todos están ocupados. ¿Probamos otra vez?",
        )
    },
    "distrust": {
        "": (
            "Lo que me prometieron la última vez no se cumplió.",
            "Me dijeron que se encargarían y no fue así.",
            "No cumplieron su palabra.",
        )
    },
    "no_promise": {
        "": (
            "No puedo prometerle un abono, no depende de mí.",
            "Si hubiera un error, sería posible un reembolso.",
            "¿Le prometieron una llamada?",
            "Veo que en marzo se hizo un abono de {amount}.",
        )
    },
    "promise": {"": ("",)},
}

PROMISES: dict[str, tuple[str, ...]] = {
    "credit": (
        "Le abonaremos {amount} en su cuenta {due}.",
        "Verá un abono de {amount} en su factura {due}.",
        "Voy a abonarle {amount} {due}.",
        "Tendrá un abono de {amount} {due}.",
    ),
    "refund": (
        "Le reembolsaremos {amount} {due}.",
        "Recibirá su reembolso de {amount} {due}.",
        "Le devolveremos {amount} a su tarjeta {due}.",
        "Su reembolso de {amount} llegará {due}.",
    ),
    "callback": (
        "Le llamaremos {due}.",
        "Un compañero le devolverá la llamada {due}.",
        "Recibirá una llamada nuestra {due}.",
        "Le llamaremos al {phone} {due}.",
    ),
    "replacement": (
        "Le enviaremos un equipo nuevo {due}.",
        "Recibirá un aparato de reemplazo {due}.",
        "Le mandaremos un reemplazo {due}.",
        "Su equipo de sustitución llegará {due}.",
    ),
}

DUES: dict[DueUnit, tuple[str, ...]] = {
    "hours": ("en {count} horas", "en un plazo de {count} horas"),
    "tomorrow": ("mañana", "a más tardar mañana"),
    "days": ("en {count} días", "en un plazo de {count} días", "en {word} días"),
    "weekday": ("el {weekday}", "a más tardar el {weekday}"),
    "date": ("el {day} de {month}", "a más tardar el {day} de {month}"),
    "business_days": ("en {count} días hábiles", "en {word} días laborables"),
    "weeks": ("en {word} {weeks}",),
}
WEEKS = ("semana", "semanas")
AMOUNTS = ("${number}", "${number}", "{number} dólares")
NUMBER_WORDS = ("una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez")
WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
