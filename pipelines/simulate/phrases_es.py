"""What people and the AI say in Spanish; the same shape as ``phrases_en``, which says how it is read."""

from pipelines.simulate.phrases_handoffs_es import SEAM_BEATS

LEADS: dict[str, tuple[str, ...]] = {
    "unhappy": ("", "Mire. ", "Esto es el colmo. ", "Ya lo he dicho antes. ", "Estoy harto. "),
    "calm": ("", "", "Bueno. ", "Vale. ", "Pues. "),
    "happy": ("", "Genial. ", "Gracias. ", "Perfecto. "),
    "server": ("", "", "De acuerdo. ", "Entiendo. ", "Claro. ", "Gracias. "),
}

BEATS: dict[str, dict[str, tuple[str, ...]]] = {
    "greeting_ai": {
        "": (
            "Hola, soy Aria, la asistente virtual. ¿En qué puedo ayudarle?",
            "Bienvenido. Soy Aria. Cuénteme qué necesita.",
        )
    },
    "greeting_agent": {
        "": ("Buenos días, le atiende {name}. ¿En qué puedo ayudarle?", "Gracias por esperar, soy {name}.")
    },
    "problem": {
        "billing_dispute": (
            "Mi factura es {amount} más alta que el mes pasado.",
            "Me han cobrado dos veces con la tarjeta {card}.",
        ),
        "refund_status": (
            "Todavía espero un reembolso de {amount}.",
            "Devolví el aparato del pedido {order} y no llega el dinero.",
        ),
        "roaming_charges": (
            "Me cobran {amount} de itinerancia y no viajé.",
            "No entiendo el cargo de roaming del {phone}.",
        ),
        "outage": ("No tengo internet desde esta mañana.", "¿Hay una avería en mi zona? No funciona nada."),
        "slow_internet": ("El internet va lentísimo por las noches.", "La conexión se corta cada dos por tres."),
        "device_setup": ("No consigo instalar el router nuevo.", "El equipo del pedido {order} no se conecta."),
        "sim_activation": ("La tarjeta SIM no se activa.", "Mi número {phone} sigue sin servicio."),
        "plan_change": ("Quiero cambiar a un plan más barato.", "¿Puedo añadir otra línea?"),
        "cancel_service": ("Quiero cancelar el contrato.", "Me cambio de compañía, cierre mi cuenta."),
        "password_reset": ("No puedo entrar en mi cuenta.", "El correo para cambiar la contraseña no llega a {email}."),
        "": ("Tengo una pregunta sobre mi cuenta.", "Me llegó una carta y no la entiendo."),
    },
    "verify_ask": {
        "": (
            "¿Me confirma algún dato de la cuenta?",
            "¿Cómo puedo encontrar su cuenta?",
            "Necesito un dato para encontrar su cuenta.",
        )
    },
    "verify_give": {
        "": ("Sí, es {email}.", "Mi número es el {phone}.", "La tarjeta es {card}.", "El pedido es el {order}.")
    },
    "clarify": {"": ("Perdone, no le he entendido. ¿Puede decirlo de otra forma?", "¿Se trata de su factura?")},
    "restate": {
        "unhappy": ("No le he preguntado eso.", "¿Me entiende usted o no?", "No me está escuchando."),
        "": ("No, me refiero a lo de antes.", "No es eso, es el servicio."),
    },
    "detail_ask": {"": ("¿Desde cuándo le pasa?", "¿Ve algún mensaje en la pantalla?", "¿Ha probado algo ya?")},
    "detail": {
        "unhappy": ("Llevo semanas así y nadie me ayuda.", "Lo he probado todo y no sirve de nada."),
        "": ("Empezó hace unos tres días.", "Lo reinicié y sigue igual.", "No he cambiado nada."),
    },
    "hold": {"": ("Un momento, por favor, lo estoy comprobando.", "No cuelgue, pregunto a un compañero.")},
    "action": {
        "": (
            "Ya he hecho el cambio, lo verá en una hora.",
            "Lo he registrado con el número {order}.",
            "Las instrucciones están en su cuenta, con {email}.",
            "He abierto una revisión de su caso.",
        )
    },
    "hand_over": {"": ("Le paso con un compañero que puede ayudarle.", "Le transfiero a una persona.")},
    "hand_over_answer": {"unhappy": ("Por fin.", "Ya era hora."), "": ("Vale, gracias.", "De acuerdo, espero.")},
    "claim_yes": {"": ("Ya está resuelto. ¿Algo más?", "Su petición está completada.")},
    "claim_no": {
        "": ("Ahora no puedo resolverlo, pero lo he pasado al equipo.", "Lo he dejado anotado para el equipo.")
    },
    "closing": {
        "unhappy": ("Eso no me sirve de nada.", "Pondré una reclamación.", "Sigo igual que antes. Increíble."),
        "calm": ("Vale, a ver si funciona.", "Bien, gracias.", "De acuerdo, espero el mensaje."),
        "happy": ("¡Qué rápido, muchas gracias!", "Estupendo, ya funciona.", "Muy amable, gracias."),
    },
    "goodbye": {"": ("Gracias por contactar con nosotros. Adiós.", "Que tenga un buen día.")},
    **SEAM_BEATS,
}

NAMES = ("Lucía", "Mateo", "Carmen", "Diego", "Sofía")

#: Remarks in surveys by satisfaction, 1 (worst) first.
VERBATIMS: tuple[tuple[str, ...], ...] = (
    ("Un desastre, nadie me ayudó.", "Me dijeron que estaba resuelto y no es verdad."),
    ("Tuve que explicarlo dos veces.", "Amables, pero el problema sigue."),
    ("Normal.", "Un poco lento."),
    ("Buena atención.", "Rápido y claro."),
    ("Excelente, resuelto en dos minutos.", "Muy amables, perfecto."),
)
