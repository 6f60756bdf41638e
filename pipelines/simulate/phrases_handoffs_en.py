"""What is said in English where AI and people meet: handoffs, requests for a human, promises. Data only.

``SEAM_BEATS`` has the shape of ``phrases_en.BEATS`` and becomes part of it. In ``restated`` the phrases of an issue stand in
as many blocks of equal length as the issue has under ``problem``: block i says again, in other words, what phrase i says.
``new_fact`` tells what no ``problem`` tells. ``PROMISES`` and ``DUES`` are put together by ``promise_words``.
"""

from pipelines.simulate.due_dates import DueUnit

SEAM_BEATS: dict[str, dict[str, tuple[str, ...]]] = {
    "say_again": {
        "unhappy": (
            "I just explained all of this to your bot. Do I really have to start again?",
            "As I already told the assistant, it's the same problem as five minutes ago.",
            "Didn't it pass anything on to you? I've said this twice now.",
            "So nobody told you? I went through the whole thing with the robot.",
            "I have to repeat myself again? Your assistant has got all of it.",
            "Great, from the beginning then. I typed all that in a minute ago.",
            "You must be joking, I gave every detail to the virtual assistant.",
        ),
        "": (
            "I told the assistant already, but okay, once more.",
            "Like I said to the chatbot before, it's the thing that I described.",
            "Sure, I can repeat it, though I typed it all in before.",
            "I've been through this with Aria, can't you see it?",
            "Do you want me to explain it a second time? I did so just now.",
            "It's what I mentioned to the bot a moment ago.",
        ),
    },
    "restated": {
        "billing_dispute": (
            "My latest bill went up by {amount} and nobody has explained the increase.",
            "Compared with last month I'm supposed to pay {amount} more, and no one knows the reason.",
            "You're charging me {amount} for something that I didn't agree to.",
            "It's about that {amount} on my statement, I never signed up for it.",
            "The same month was taken twice from my card.",
            "You billed one month two times, it's on my card statement.",
            "I don't accept this invoice, it isn't what my contract says.",
            "The last invoice is different from my contract, so I'm disputing it.",
            "I'd paid already, and then you debited another {amount}.",
            "After my payment you still took {amount} out of my account.",
        ),
        "refund_status": (
            "There's a refund of {amount} that hasn't reached me.",
            "I haven't received my {amount} refund so far.",
            "I returned the device weeks ago and still have no money for it.",
            "The device went back to you with that order number, and the money hasn't come.",
            "My refund should be on my card by now, and it isn't there.",
            "The money was supposed to go back to my card, where is it?",
            "I was told that I'd get {amount} back, and I've seen nothing of it.",
            "Nothing of the {amount} that you promised has turned up.",
            "When will you pay my refund?",
            "I need to know the day on which the refund gets paid.",
        ),
        "roaming_charges": (
            "Two days in Canada, and I'm billed {amount} for roaming.",
            "You charged me {amount} in roaming because I spent two days in Canada.",
            "I did buy the travel pass, and still there are roaming fees on the bill.",
            "Even with the travel pass my bill shows roaming fees.",
            "My data was off, so why is there {amount} of roaming?",
            "I'd turned off mobile data, and you charge {amount} for roaming all the same.",
            "I don't understand the roaming charges on my line.",
            "There are charges for roaming on my number that I'd like explained.",
        ),
        "outage": (
            "The internet at home stopped this morning and hasn't come back.",
            "Since this morning there's no internet here.",
            "Nobody in our building has any signal.",
            "There's no signal anywhere in this house, on any floor.",
            "Nothing is working here, so I think that my area has an outage.",
            "Everything stopped working, is the whole area affected?",
            "It's the second time this week that the service went down.",
            "Twice this week now the service has gone off.",
            "I work from home and I'm completely offline.",
            "I can't do my job from home, everything here is offline.",
        ),
        "slow_internet": (
            "I hardly get two megabits, the internet is terribly slow.",
            "It's so slow, two megabits at best.",
            "Each evening I lose the connection over and over.",
            "In the evenings my connection drops all the time.",
            "I'm on the fast plan and videos won't play.",
            "Not even a video runs, and I pay for the fast plan.",
            "Ever since the last update the wifi is slow all over the house.",
            "After the update the wifi became slow, whatever room I'm in.",
            "The speed test says ten percent of what I pay for.",
            "I'm getting a tenth of the speed in my contract, I tested it.",
        ),
        "device_setup": (
            "The new router doesn't work, whatever I try.",
            "I'm not able to make that new router run.",
            "The television won't pair with the box from my order.",
            "I can't connect the box that you sent to the TV.",
            "In the setup I can't get past step three.",
            "The installation stops for me at the third step.",
            "I'd like my things on the new phone and don't know how.",
            "I need to transfer everything from the old phone to the new one.",
        ),
        "sim_activation": (
            "The new SIM still hasn't been activated.",
            "My SIM card is new and doesn't work yet.",
            "There's no service with the SIM inside the phone.",
            "With the SIM in, the phone shows no service for my number.",
            "Scanning the code for the eSIM fails.",
            "My phone can't read the eSIM code.",
            "I'm porting my number to you and it's stuck.",
            "The transfer of my number to you isn't moving.",
        ),
        "plan_change": (
            "I want a plan that costs less.",
            "My plan is too expensive, I'd like a cheaper one.",
            "I'd like one more line on my account.",
            "It's about a second line that I want to add.",
            "I'm looking for a plan with more data, around {amount}.",
            "For {amount} or so, what plan gives me more data?",
            "My upgrade should happen before I'm billed again.",
            "I'd like to go up to a bigger plan before the next bill.",
        ),
        "cancel_service": (
            "I want to end my contract.",
            "It's about my contract, I'd like it cancelled.",
            "I'm going to another company, so close the account.",
            "Close my account please, I've got a new provider.",
            "I've asked before how to leave this contract.",
            "Once more, what do I have to do to get out of the contract?",
            "I'm leaving, and I'm not interested in offers.",
            "No more offers please, I just want to cancel.",
        ),
        "password_reset": (
            "My account won't let me log in.",
            "Logging in to my account doesn't work.",
            "The mail for resetting my password isn't coming, and I've forgotten it.",
            "I don't know my password any more and never get the reset mail.",
            "According to the app my password is wrong.",
            "The app won't take my password.",
            "I tried three times and now the account is locked.",
            "You locked my account after the third attempt.",
        ),
        "": (
            "There's something about my account that I want to ask.",
            "It's a question on my account.",
            "You wrote me a letter that I can't make sense of.",
            "I don't understand the letter that came from you.",
            "I had a call from this number and don't know why.",
            "This number called me.",
            "I don't know if this is the right place for me.",
            "Am I in the right place at all?",
        ),
    },
    "new_fact": {
        "billing_dispute": (
            "My daughter upgraded her phone in the store on the eighth, if that matters.",
            "The paper copy shows a different tax line from the one online.",
            "We moved to the business tariff in spring.",
            "I can send you a photo of the letter from the bank.",
            "The person in the shop gave me a discount code.",
        ),
        "refund_status": (
            "The parcel service gave me a receipt with a signature on it.",
            "My bank changed its name in the meantime.",
            "I used two gift vouchers for part of it.",
            "The warehouse called me once to ask about the colour.",
            "It was a birthday present for my sister.",
        ),
        "roaming_charges": (
            "We were on a ferry for most of the time.",
            "My husband has the same plan and paid nothing.",
            "The phone was in flight mode during the night.",
            "A text message came at the border, in French.",
            "I used the hotel's network for my calls.",
        ),
        "outage": (
            "The light on the box is orange and blinks four times.",
            "Workers were digging at the corner yesterday.",
            "My neighbour is with another company and has no trouble.",
            "The landline still has a tone.",
            "We had a thunderstorm during the night.",
        ),
        "slow_internet": (
            "With a cable it's the same as without.",
            "There are eleven devices on it, two of them cameras.",
            "The technician said that the line is copper.",
            "My son's console gets a warning about packet loss.",
            "The modem is four years old.",
        ),
        "device_setup": (
            "The light at the back is green and the one at the front is off.",
            "The television is from 2014.",
            "The app asks for a serial number that isn't on the label.",
            "I'm using an extension cord, could it be that?",
            "There was a second cable in the package.",
        ),
        "sim_activation": (
            "My old card was cut to size by the shop.",
            "The phone came from another country.",
            "The letter with the code arrived open.",
            "My previous provider wanted a transfer pin.",
            "It has two slots, and I used the lower one.",
        ),
        "plan_change": (
            "My parents would share it with me.",
            "I travel to Mexico three times a year.",
            "The contract started in February of last year.",
            "We hardly ever make calls.",
            "I'd keep the tablet on its own card.",
        ),
        "cancel_service": (
            "We're moving overseas in the spring.",
            "The modem belongs to you, where do I bring it?",
            "The notice went out by registered mail.",
            "My late father's name is still on the papers.",
            "The minimum term was over last June.",
        ),
        "password_reset": (
            "I switched to a new phone last weekend.",
            "My mail provider closed down, so I have a new address.",
            "It works on my wife's tablet.",
            "The browser had saved something from years ago.",
            "I'm abroad at the moment, if that makes a difference.",
        ),
        "": (
            "It has a reference number at the top, but the print is faint.",
            "My neighbour got one as well.",
            "I've been with you for eleven years.",
            "There's a form on the second page.",
        ),
    },
    "take_over": {
        "billing_dispute": (
            "I can see what you discussed with our assistant, it's about your bill, so you don't need to repeat it.",
            "I've read the summary about the amount on your bill. What else should I know?",
        ),
        "refund_status": (
            "I have your conversation in front of me, you're waiting for a refund. I'll pick up from there.",
            "The assistant sent me everything about your refund. Is there anything to add?",
        ),
        "roaming_charges": (
            "I've read the summary, it's about the roaming fees. Let me pick up from there.",
            "I see what you told Aria about roaming. Anything that is missing?",
        ),
        "outage": (
            "I see that your service is down and what the assistant has tried. Let me go on from there.",
            "I've got the notes on the outage here. Is there more that you noticed?",
        ),
        "slow_internet": (
            "I've got the speed results from the assistant, so no need to start again.",
            "I've read that the connection is slow, and what was tried. What else can you tell me?",
        ),
        "device_setup": (
            "I see how far you got with the setup. Let's go on from there.",
            "The assistant passed on the steps that you did. Is there anything else?",
        ),
        "sim_activation": (
            "I can see the activation and where it stopped. You don't need to explain it again.",
            "I have the notes on your SIM. Anything to add?",
        ),
        "plan_change": (
            "I see which plan you were looking at with Aria. Let me take it from here.",
            "I've got your wishes for the plan here. Is there anything else that matters to you?",
        ),
        "cancel_service": (
            "I've read that you'd like to leave us, so I won't ask again.",
            "I have the conversation about your contract in front of me. One moment, please.",
        ),
        "password_reset": (
            "I see that you can't get in, and which link was sent. Let me continue.",
            "The assistant told me about the login. Is there anything that I should know?",
        ),
        "": (
            "I can see what you discussed with our assistant, so you don't need to repeat it.",
            "I've read the summary. Let me pick up from there.",
            "I have your conversation in front of me. One moment, please.",
        ),
    },
    "ask_human": {
        "unhappy": (
            "Agent. I want to speak to a person.",
            "Stop it. Get me a human being.",
            "I'm not talking to a machine any longer, put me through to somebody.",
            "Give me a representative, now.",
            "Let me talk to a real person already.",
            "Operator!",
            "I demand to be connected to one of your staff.",
        ),
        "": (
            "Can I talk to a human, please?",
            "I'd rather speak with a real person about this.",
            "Could you put me through to an agent?",
            "Is there somebody I can talk to?",
            "Please transfer me to customer service.",
            "Connect me with a live agent, please.",
            "I'd like to be transferred to a colleague of yours, a human one.",
        ),
    },
    "deflect": {
        "": (
            "I'm sure that I can help you with that. Let's try it together first.",
            "Our team is busy at the moment. May I try once more?",
            "I understand. Before that, please tell me a bit more.",
            "Everybody is in a conversation right now. Let me suggest something.",
        )
    },
    "distrust": {
        "": (
            "What I was promised last time never happened.",
            "Last time I was told that it would be taken care of, and it wasn't.",
            "Nobody kept the promise that I got from you.",
            "I waited for what you said, and nothing came.",
            "You broke your word, so why should I believe you now?",
        )
    },
    "no_promise": {
        "": (
            "I can't promise you a credit, that decision isn't mine.",
            "If the review finds a mistake, a refund would be possible.",
            "Did anybody promise you a callback?",
            "I see that a credit of {amount} was issued in March.",
            "We don't send replacements for that model any more.",
            "Refunds usually take longer at some banks.",
            "Unfortunately I'm not able to give you {amount} back.",
            "Would you prefer a credit or a refund, if it is approved?",
        )
    },
    # What is promised is put together by promise_words; the beat says only that it is said here.
    "promise": {"": ("",)},
}

#: By kind of promise; {amount}, {due} and {phone} are filled in.
PROMISES: dict[str, tuple[str, ...]] = {
    "credit": (
        "I'll credit your account with {amount} {due}.",
        "You'll get a credit of {amount} on your bill {due}.",
        "We're going to put a credit of {amount} on your account {due}.",
        "I'm arranging a credit of {amount} for you, and it will be there {due}.",
        "A credit for {amount} will show on your account {due}.",
        "I promise that you'll see {amount} credited to your account {due}.",
        "We will take {amount} off what you owe us as a credit {due}.",
    ),
    "refund": (
        "We'll refund {amount} to you {due}.",
        "You'll have your refund of {amount} {due}.",
        "I'm sending the {amount} back to your card, you'll see the refund {due}.",
        "Your refund of {amount} will arrive {due}.",
        "I'll make sure that {amount} is refunded to you {due}.",
        "The {amount} will be paid back to your bank account {due}.",
        "I've put the refund through, {amount} will reach you {due}.",
    ),
    "callback": (
        "You'll get a call back {due}.",
        "Somebody from our team will call you back {due}.",
        "I'll call you back myself {due}.",
        "A specialist is going to phone you {due}.",
        "We'll give you a call {due} to settle this.",
        "I'm booking a callback for you, you'll hear from us by phone {due}.",
        "One of my colleagues will ring you on {phone} {due}.",
    ),
    "replacement": (
        "I'll have a replacement sent to you {due}.",
        "We'll ship you a replacement {due}.",
        "You'll receive a replacement device {due}.",
        "I'm ordering a new one for you, and it will be with you {due}.",
        "Your replacement will be delivered {due}.",
        "We're replacing it, the new device will reach you {due}.",
        "A replacement unit is going out to you, it arrives {due}.",
    ),
}

DUES: dict[DueUnit, tuple[str, ...]] = {
    "hours": ("within {count} hours", "in the next {count} hours"),
    "tomorrow": ("by tomorrow", "tomorrow"),
    "days": ("within {count} days", "in the next {count} days", "within {word} days"),
    "weekday": ("by {weekday}", "on {weekday}", "no later than {weekday}"),
    "date": ("by {month} {day}", "on {month} {day}", "no later than {month} {day}"),
    "business_days": ("within {count} business days", "within {word} working days"),
    "weeks": ("within {word} {weeks}",),
}
WEEKS = ("week", "weeks")
AMOUNTS = ("${number}", "${number}", "${number}", "{number} dollars")
NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
