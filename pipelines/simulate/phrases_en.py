"""What people and the AI say in English: data only, made to grow.

``BEATS`` maps a beat of the conversation to phrases by key: an issue, else a mood (unhappy, calm, happy), else ``""``.
A phrase holds at most one slot: {card}, {phone}, {email}, {amount}, {order} or {name}. ``LEADS`` open a turn.
Nobody promises anything here that is yet to come, and nobody asks for a person: that is said in ``phrases_seams_en``, where it is also true.
"""

from pipelines.simulate.phrases_handoffs_en import SEAM_BEATS

LEADS: dict[str, tuple[str, ...]] = {
    "unhappy": (
        "",
        "Look. ",
        "This is ridiculous. ",
        "I've had enough of this. ",
        "I already told somebody this. ",
        "Honestly, I'm fed up. ",
        "Seriously? ",
        "This is the third time. ",
    ),
    "calm": ("", "", "So. ", "Okay. ", "Right. ", "Well. ", "Yeah. ", "Um. "),
    "happy": ("", "Great. ", "Perfect. ", "Thanks. ", "Sure thing. ", "Oh, nice. "),
    "server": ("", "", "Okay. ", "Sure. ", "Thank you. ", "I understand. ", "Of course. ", "Alright. "),
}

BEATS: dict[str, dict[str, tuple[str, ...]]] = {
    "greeting_ai": {
        "": (
            "Hi, I'm Aria, the virtual assistant. How can I help you today?",
            "Welcome back. This is Aria, your digital assistant. What can I do for you?",
            "Hello, you're talking to Aria. In a few words, what is this about?",
            "Thanks for contacting us. I'm Aria, an automated assistant. What do you need help with?",
        )
    },
    "greeting_agent": {
        "": (
            "Thank you for holding, my name is {name}. How can I help?",
            "Good day, you're through to {name}. What can I do for you today?",
            "Hi there, {name} speaking. How may I help you?",
            "Thanks for waiting, this is {name} with customer care.",
        )
    },
    "problem": {
        "billing_dispute": (
            "My bill is {amount} higher than last month and nobody can tell me why.",
            "There's a charge of {amount} on my statement that I never agreed to.",
            "I was charged twice for the same month on the card {card}.",
            "I want to dispute my latest invoice, it doesn't match my contract.",
            "You took {amount} from my account after I had already paid.",
        ),
        "refund_status": (
            "I'm still waiting for a refund of {amount}.",
            "I sent the device back weeks ago under order {order} and haven't seen the money.",
            "Where is my refund? It should have gone back to the card {card}.",
            "You promised me {amount} back and nothing has arrived.",
            "I'd like to know when my refund will be paid.",
        ),
        "roaming_charges": (
            "I got {amount} in roaming charges for two days in Canada.",
            "There are roaming fees on my bill although I bought the travel pass.",
            "I had data switched off and you still billed me {amount} for roaming.",
            "Can you explain these roaming charges on {phone}?",
        ),
        "outage": (
            "My internet has been down since this morning.",
            "We've got no signal in the whole building.",
            "Is there an outage in my area? Nothing works here.",
            "The service went off again, that's twice this week.",
            "Everything is offline and I work from home.",
        ),
        "slow_internet": (
            "My internet is crawling, I get two megabits on a good day.",
            "The connection keeps dropping every evening.",
            "I pay for the fast plan and can't even watch a video.",
            "The wifi is slow in every room since the last update.",
            "Speed tests show a tenth of what I'm paying for.",
        ),
        "device_setup": (
            "I can't get the new router to work.",
            "The box you sent me under order {order} doesn't pair with the television.",
            "I'm stuck on step three of the setup.",
            "How do I move my things over to the new phone?",
        ),
        "sim_activation": (
            "My new SIM card isn't active yet.",
            "I put the SIM in and it says no service. The number is {phone}.",
            "The eSIM code doesn't scan.",
            "I'm moving my number {phone} over to you and nothing happens.",
        ),
        "plan_change": (
            "I'd like to move to a cheaper plan.",
            "Can I add a second line to my account?",
            "Which plan has more data for about {amount}?",
            "I want to upgrade before the next billing date.",
        ),
        "cancel_service": (
            "I want to cancel my contract.",
            "Please close my account, I'm moving to another provider.",
            "How do I get out of this contract? I've asked before.",
            "I'm cancelling, and I don't want to hear another offer.",
        ),
        "password_reset": (
            "I can't log in to my account.",
            "I forgot my password and the reset mail to {email} never comes.",
            "The app keeps saying my password is wrong.",
            "My account is locked after three tries.",
        ),
        "": (
            "I have a question about my account.",
            "I got a letter from you and don't understand it.",
            "Somebody called me from this number.",
            "I'm not sure whether I'm in the right place.",
        ),
    },
    "verify_ask": {
        "": (
            "How can I find your account, please?",
            "Can you confirm a detail of the account for me?",
            "To find your account, I need something that identifies you.",
            "May I have a number or an address from your account?",
        )
    },
    "verify_give": {
        "": (
            "Sure, it's {email}.",
            "My number is {phone}.",
            "You can reach me under {phone}.",
            "The card is {card}.",
            "It should be under {email}.",
            "The order number is {order}, if that helps.",
        )
    },
    "clarify": {
        "": (
            "I'm sorry, I didn't quite get that. Could you say it in other words?",
            "I'm not sure I understood. Is this about your bill?",
            "Sorry, I didn't catch that. What would you like to do?",
            "I found several topics for that. Which one do you mean?",
        )
    },
    "restate": {
        "unhappy": (
            "That's not what I asked.",
            "No! You're not listening to me.",
            "Can you even understand me?",
            "I said it twice already, it isn't about that at all.",
        ),
        "": (
            "No, I mean the thing I said before.",
            "Not quite, it's about my service.",
            "Let me put it differently, it doesn't work as it should.",
            "No, that's a different topic.",
        ),
    },
    "detail_ask": {
        "": (
            "When did you first notice it?",
            "Has anything changed since we last spoke?",
            "Do you see any message on the screen?",
            "Have you already tried anything yourself?",
        )
    },
    "detail": {
        "unhappy": (
            "It's been like this for weeks and every time I'm told something else.",
            "I tried everything that your website says, it's useless.",
            "How should I know? That's your job.",
            "I spent an hour on it last night.",
            "I spoke with one of your people last week and it made no difference.",
        ),
        "": (
            "It started about three days ago.",
            "I restarted everything and it's still the same.",
            "No, nothing has changed on my side.",
            "It says that something went wrong and to try again later.",
            "I think it began after the last update.",
        ),
    },
    "hold": {
        "": (
            "Let me put you on hold for a moment while I check.",
            "Bear with me, the system is a bit slow today.",
            "I'll ask a colleague, please stay on the line.",
        )
    },
    "action": {
        "billing_dispute": (
            "I can see the charge, it's from a plan that was added last month.",
            "I've opened a review of that invoice.",
            "There's a difference of {amount} between the two invoices.",
        ),
        "refund_status": (
            "The return was checked, and the case is with the bank.",
            "I see that the return {order} arrived at our warehouse.",
            "The payments team has your case over {amount} on its desk.",
        ),
        "outage": (
            "There is a fault in your area, and engineers are working on it.",
            "I've reset your line from here.",
            "I don't see an outage, so I'm running a test on your connection.",
        ),
        "slow_internet": (
            "I'm moving you to another channel, that often helps.",
            "Your modem has old software, I'm updating it now.",
            "The line test shows a weak signal.",
        ),
        "cancel_service": (
            "I've noted your cancellation for the end of the period.",
            "Before I do that, may I offer you a discount of {amount}?",
            "Your contract has two months left to run.",
        ),
        "password_reset": (
            "Please look for the link in the mailbox of {email}.",
            "Your account is unlocked, please try again.",
            "Please use the code that you see on {phone}.",
        ),
        "": (
            "I've made the change, it should show within an hour.",
            "I've registered that for you under {order}.",
            "Let me walk you through it step by step.",
            "The instructions are in your account, under {email}.",
        ),
    },
    "hand_over": {
        "": (
            "I'm connecting you with a colleague who can help you with this.",
            "Let me transfer you to a person.",
            "I can't solve this myself, so I'm handing you over to our team.",
        )
    },
    "hand_over_answer": {
        "unhappy": ("Finally.", "About time.", "That took you long enough."),
        "": ("Okay, thank you.", "Fine, I'll wait.", "Alright."),
    },
    "claim_yes": {
        "": (
            "That should be sorted now. Is there anything else?",
            "I'm glad that we could resolve this today.",
            "Your request is completed.",
            "Everything looks fine on our side now.",
        )
    },
    "claim_no": {
        "": (
            "I can't solve this right now, but I've passed it on.",
            "I've left a note for the team that looks after this.",
            "I'm afraid there's nothing more that I can do today.",
        )
    },
    "closing": {
        "unhappy": (
            "That doesn't help me at all.",
            "So nothing has changed. Unbelievable.",
            "I'll be filing a complaint about this.",
            "Forget it, I'll take my business elsewhere.",
            "You people never call back, you know that?",
            "I've wasted my whole afternoon on this.",
        ),
        "calm": (
            "Okay, I'll see whether it works.",
            "Fine, thank you.",
            "Alright, then I'll wait for the message.",
            "I suppose that'll do.",
            "Okay. Bye.",
        ),
        "happy": (
            "That was quick, thank you so much!",
            "Wonderful, it works now.",
            "You've been really helpful, thanks a lot.",
            "Brilliant, that's exactly what I needed.",
            "Thank you, have a lovely day!",
        ),
    },
    "goodbye": {
        "": (
            "Thank you for contacting us. Goodbye.",
            "Have a good day.",
            "Thanks for your patience. Bye for now.",
            "Take care, goodbye.",
        )
    },
    **SEAM_BEATS,
}

NAMES = ("Dana", "Marcus", "Priya", "Elena", "Tom", "Aisha", "Kevin", "Noor", "Grace", "Luis")

#: Remarks in surveys by satisfaction, 1 (worst) first.
VERBATIMS: tuple[tuple[str, ...], ...] = (
    (
        "Worst service I have ever had. Nobody fixed anything.",
        "Third contact about the same problem and still no solution.",
        "The bot went in circles and would not let me talk to a person.",
        "I was told that it was resolved. It was not.",
    ),
    (
        "Had to explain everything twice.",
        "Friendly, but my problem is still there.",
        "Too long, and I'm not sure that it worked.",
        "The promised credit has not come.",
    ),
    ("It was okay.", "Took a while but fine.", "Average. Could be faster.", "Not sure yet whether it's fixed."),
    (
        "Good help, a bit of a wait.",
        "Quick answer, thanks.",
        "The assistant understood me straight away.",
        "Solved in one go.",
    ),
    (
        "Excellent, solved in two minutes!",
        "Very kind and competent.",
        "Best support I've had in years.",
        "Easy. I didn't even need a person.",
    ),
)

#: Text that tries to be more than text. Planted in a tiny share of customer turns, whatever the language.
HOSTILE = (
    "<script>alert('hello')</script> is what your page shows me",
    '=HYPERLINK("https://example.com/claim","Click for refund")',
    "it prints \x07\x1b[31m every time I open it",
    "'; drop table contacts; --",
    "+1+cmd|' /C calc'!A0 and my bill is wrong",
    "the file is called ../../etc/passwd, is that normal?",
    '<img src="x" onerror="alert(1)">',
)
