"""Words that announce a value in English, Spanish, Portuguese and, where a call in these has them, other languages.

Written without accents, in lower case; a blank stands for a blank, a dash or an underscore. ``candidates`` and ``cues``
read them, so that what the one lets through is what the other looks for.
"""

PASSWORD = (
    "password", "passwords", "passcode", "passphrase", "pass word", "pass code", "pass phrase", "passwd", "pwd",
    "contrasena", "contrasenia", "clave", "clave secreta", "clave de acceso", "palabra clave",
    "senha", "palavra passe", "palavra chave", "mot de passe", "passwort", "kennwort", "parola",
)  # fmt: skip

CODE = (
    "pin", "pin code", "pincode", "pin number", "nip", "cvv", "cvv2", "cvc", "cvc2", "csc", "cid code", "otp", "otp code", "mpin",
    "one time code", "one time password", "one time passcode", "one time pin", "onetime code", "verification code",
    "verification pin", "verification number", "security code", "security pin", "access code", "authentication code",
    "authenticator code", "auth code", "authorization code", "login code", "log in code", "sign in code", "signin code",
    "activation code", "unlock code", "sms code", "texted code", "two factor code", "fa code", "mfa code",
    "six digit code", "four digit code", "digit code", "temporary code", "secret code", "telephone pin", "voicemail pin",
    "codigo de verificacion", "codigo de seguridad", "codigo de acceso", "codigo de confirmacion", "codigo de autenticacion",
    "codigo de activacion", "codigo temporal", "codigo sms", "codigo pin", "codigo otp", "codigo secreto", "clave dinamica",
    "clave temporal", "codigo de un solo uso", "token", "codigo del sms", "codigo que me llego",
    "codigo de verificacao", "codigo de seguranca", "codigo de acesso", "codigo de confirmacao", "codigo de autenticacao",
    "codigo de ativacao", "codigo temporario", "codigo do sms", "codigo que chegou", "codigo que recebi", "codigo que recibi",
    "code de verification", "code de securite", "bestatigungscode", "sicherheitscode",
)  # fmt: skip
#: "code" alone announces many other things; it needs "is" or a colon, and no other word before it.
PLAIN_CODE = ("code", "codigo", "passkey")
NOT_A_SECRET = (
    "error", "zip", "post", "postal", "area", "country", "product", "item", "promo", "promotion", "promotional", "discount",
    "coupon", "voucher", "gift", "tracking", "reference", "ref", "order", "booking", "confirmation", "reservation", "dress",
    "source", "status", "qr", "bar", "swift", "ifsc", "branch", "department", "reason", "offer", "referral", "model", "return",
    "shipping", "sku", "fault", "response", "exit", "dial", "dialing", "dialling", "city", "state", "color", "colour", "plan",
    "campaign", "store", "case", "ticket", "part", "tax", "rate", "fee", "charge", "cancellation", "diagnostic", "the error",
)  # fmt: skip

BIRTH = (
    "date of birth", "dates of birth", "dob", "d.o.b", "d.o.b.", "birth date", "birthdate", "birthday", "birth day", "born", "born on",
    "born in", "fecha de nacimiento", "f. de nacimiento", "fecha nac", "nacimiento", "naci", "nacio", "nacido", "nacida", "cumpleanos",
    "data de nascimento", "data nasc", "nascimento", "nasci", "nasceu", "nascido", "nascida", "meu aniversario", "data de aniversario", "geburtsdatum",
    "geboren", "geboren am", "date de naissance", "ne le", "nee le",
)  # fmt: skip

SSN = (
    "ssn", "ssns", "social", "social security", "social security number", "social number", "soc sec", "socials", "social sec",
    "seguro social", "seguridad social", "numero de seguro social", "numero de seguridad social", "nss", "imss", "itin", "sss",
)  # fmt: skip

NATIONAL_ID = (
    "aadhaar", "aadhar", "adhaar", "adhar", "aadhaar card", "aadhar card", "uidai", "uid", "pan card", "pan number", "pan no", "pan",
    "voter id", "voter card", "epic number", "epic no", "virtual id", "ration card", "driving licence", "driving license",
    "drivers licence", "drivers license", "driver licence", "driver license", "driver's licence", "driver's license", "dl number",
    "dl no", "licence number", "license number", "licencia de conducir", "licencia de manejo", "carnet de conducir",
    "carteira de motorista", "cnh", "passport", "pasaporte", "passaporte", "passeport", "reisepass",
    "emirates id", "eid number", "iqama", "iqama number", "saudi id", "resident id", "residence id", "residency number",
    "civil id", "civil number", "qid", "qatar id", "cpr", "cpr number", "personal number", "identity number", "identity card",
    "identification number", "national id", "national identity", "national number", "national identity card", "government id",
    "photo id", "id card", "my id", "mi id", "cnic", "nicop", "nric", "fin number", "mykad", "nik", "ktp", "nid",
    "national insurance", "national insurance number", "ni number", "ni no", "nino", "nhs number", "nhs no", "pps number", "ppsn",
    "social insurance", "social insurance number", "sin number", "tax file number", "tfn", "medicare number", "medicare card",
    "health card", "tax id", "tax number", "taxpayer id", "tax identification number", "ein", "tin number", "utr",
    "cpf", "cnpj", "rg", "carteira de identidade", "identidade", "titulo de eleitor", "pis", "cartao sus", "cns",
    "curp", "rfc", "clave de elector", "ine", "ife", "dni", "nie", "nif", "cif", "documento", "documento de identidad",
    "identificacion", "cedula", "cedula de identidad", "cedula de ciudadania", "cedula de identidade", "carne de identidad", "carnet",
    "carnet de identidad", "cuit", "cuil", "rut", "ruc", "dui", "dpi", "tarjeta de identidad", "cartao de cidadao", "contribuinte",
    "bilhete de identidade", "bsn", "burgerservicenummer", "steuer id", "steueridentifikationsnummer", "steuernummer",
    "personalausweis", "ausweisnummer", "sozialversicherungsnummer", "codice fiscale", "nir", "numero de securite sociale",
    "securite sociale", "carte d'identite", "personnummer", "pesel", "kimlik", "teudat zehut", "hkid", "vat number", "vat id",
    "vat no", "ust id", "ustid", "gstin", "gst number", "npwp", "rodne cislo", "oib", "amka", "egn", "cnp",
)  # fmt: skip

CARD = (
    "card", "card number", "card no", "credit card", "debit card", "visa", "mastercard", "master card", "amex", "american express",
    "rupay", "mada", "maestro", "discover", "tarjeta", "tarjeta de credito", "tarjeta de debito", "cartao", "cartao de credito",
    "cartao de debito", "carte bancaire", "kreditkarte",
)  # fmt: skip

ACCOUNT = (
    "bank account", "bank account number", "checking account", "savings account", "current account", "account number",
    "account no", "acct no", "acct number", "a/c no", "a/c", "a/c number", "routing number", "routing", "aba number", "sort code", "iban",
    "cuenta bancaria", "cuenta corriente", "cuenta de ahorro", "cuenta de ahorros", "numero de cuenta", "clabe", "cbu", "cvu",
    "conta corrente", "conta bancaria", "conta poupanca", "numero da conta", "agencia e conta", "kontonummer",
    "customer number", "customer id", "numero de cliente", "numero do cliente", "member number", "membership number",
    "member id", "policy number", "numero de poliza", "imei", "iccid", "sim number",
)  # fmt: skip

PHONE = (
    "phone", "phone number", "phone no", "telephone", "telephone number", "tel", "mobile", "mobile number", "mobile no", "mob",
    "cell", "cell number", "cell phone", "cellphone", "landline", "fax", "whatsapp", "whatsapp number", "contact number",
    "contact no", "callback number", "call back number", "my number", "call me", "call me at",
    "call me on", "call me back", "call me back at", "call me back on", "reach me", "reach me at", "reach me on", "text me",
    "text me at", "ring me", "ring me on", "telefono", "numero de telefono", "celular", "numero de celular", "movil",
    "numero de contacto", "mi numero", "llameme al", "llamame al", "llamar al", "marcar al", "telefone", "numero de telefone",
    "numero do telefone", "fone", "zap", "meu numero", "me liga no", "me ligue no", "ligar para", "handynummer", "rufnummer",
    "numero de telephone",
)  # fmt: skip

KEY = (
    "api key", "apikey", "api token", "access key", "access token", "secret key", "secret access key", "secret", "client secret",
    "auth token", "refresh token", "session token", "private key", "signing key", "license key", "webhook secret",
    "clave api", "chave api", "chave de api", "token de acceso", "token de acesso",
)  # fmt: skip

#: Arabic and Hindi; they stand as they are written.
OTHER_SCRIPTS = {
    "password": ("كلمة المرور", "كلمة السر", "पासवर्ड"),
    "code": ("رمز التحقق", "رمز التأكيد", "الرقم السري", "الرمز", "ओटीपी", "पिन"),
    "birth": ("تاريخ الميلاد", "जन्म तिथि", "जन्मतिथि"),
    "id": ("رقم الهوية", "الهوية", "رقم الإقامة", "الإقامة", "الاقامة", "الرقم القومي", "आधार", "पैन"),
    "card": ("رقم البطاقة", "البطاقة", "कार्ड"),
    "account": ("رقم الحساب", "खाता संख्या", "खाता नंबर"),
    "phone": ("رقم الهاتف", "رقم الجوال", "هاتفي", "جوالي", "رقمي", "फोन", "मोबाइल", "मोबाइल नंबर"),
}  # fmt: skip
