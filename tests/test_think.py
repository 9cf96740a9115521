"""The embedded brain: what is said to it, what it does, what it says. Conversations are told by `past` alone."""

import pytest
from brain_conversation import Talk, tool, words
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messages import Change, Exchange, Prompt, Say, Used
from engine.nlu.completeness import complete
from engine.nlu.follow_up import follow
from engine.tts.number_words import words as spaced

# said | the tool that is used ("" for none) | what is heard of the answer
TABLE = """
what time is it | time | five minutes past three in the afternoon
what's the time | time | five minutes past three
whats the time please | time | five minutes past three
um could you tell me the time please | time | five minutes past three
do you know what time it is | time | five minutes past three
what time is it now | time | five minutes past three
what what time is it | time | five minutes past three
time | time | five minutes past three
tell me the time | time | five minutes past three
what time is it in tokyo | time | In Tokyo, it is five minutes past twelve at night, tomorrow
what time is it in tokyo who | time | In Tokyo
what is the time in tokyo | time | In Tokyo
what's the current time in new york | time | In New York, it is five minutes past ten in the morning
tell me the time in california | time | In California, it is five minutes past seven
what is the current time in china | time | In China, it is five minutes past eleven
what time is it in london no tokyo | time | In Tokyo
what time is it over in pacific time | time | In Pacific time, it is five minutes past seven
what time is it in pariss | time | In Paris, it is five minutes past four
what time is it in the united states | time | In the United States
tokyo time | time | In Tokyo
what is london's time | time | In London
what time is it in mumbai | time | twenty-five minutes to nine in the evening
what time is it in zzyzx | | I don't know a place called zzyzx
what time zone is tokyo in | time_zone | Tokyo is nine hours ahead of universal time
what's london's timezone | time_zone | London is on universal time
what is the time difference between london and new york | time_between | New York is five hours behind London
if it is five am in berlin what time is it here | time_elsewhere | four o'clock in the morning here
what's the date | date | Today is Thursday, the twentieth of November, twenty twenty-five
what day is it | date | Today is Thursday
what day is it today | date | Thursday
what is today's date | date | the twentieth of November
what day of the week is christmas | date | Christmas is Thursday, the twenty-fifth of December
what day is the fourth of july | date | Saturday, the fourth of July
what will the date be in three days | date | Sunday, the twenty-third of November
what is the date tomorrow | date | Tomorrow is Friday
what year is it | date | The year is twenty twenty-five
what month is it | date | It is November
what week is it | date | It is week forty-seven
is it friday | date | Today is Thursday
when is easter | date | Easter is Sunday, the fifth of April
how many days until christmas | days_until | Thirty-five days until Christmas
how long until friday | days_until | One day until Friday
how many weeks until christmas | days_until | five weeks until Christmas
how many days are left until new year | days_until | Forty-two days until New Year
days until the first of december | days_until | Eleven days
set a timer for five minutes | timer | Timer set for five minutes
set a timer for 5 minutes | timer | Timer set for five minutes
can you set a timer for twenty five minutes please | timer | twenty-five minutes
set a ten minute timer | timer | ten minutes
set a timer for five no ten minutes | timer | Timer set for ten minutes
set a timer for two and a half minutes | timer | two minutes and thirty seconds
set a timer for an hour and a half | timer | one hour and thirty minutes
set a timer for half an hour | timer | thirty minutes
set a twenty second timer | timer | twenty seconds
set a diner for five minutes | timer | Timer set for five minutes
should it timers for five minutes | timer | Timer set for five minutes
sat a timer for five minutes | timer | Timer set for five minutes
set a dimer for ten minutes | timer | ten minutes
set a time for ten minutes | timer | ten minutes
set the tiger for ninety seconds | timer | one minute and thirty seconds
set a pasta timer for eight minutes | timer | Pasta timer set for eight minutes
set a timer for eight minutes called pasta | timer | Pasta timer set
timer for three minutes | timer | three minutes
start a countdown for one minute | timer | one minute
set a timer for five | timer | five minutes
set a timer | | For how long?
start a timer please | | For how long?
set a timer for three days | | I can only set timers
how much time is left | timer_left | no timer running
cancel the timer | | no timer running
what timers do i have | timer_list | no timer running
pause the timer | | I can't pause a timer
remind me in ten minutes to call mum | reminder | in ten minutes. Call mum.
remind me to call my mum in ten minutes | reminder | in ten minutes. Call your mum.
remind me at five thirty pm to feed the cat | reminder | at half past five in the afternoon. Feed the cat.
remind me to feed the cat | | When should I remind you?
remind me next tuesday to pay the rent | | I have no calendar
set an alarm for seven am | alarm | Alarm set for seven o'clock in the morning
wake me up at half past six in the morning | alarm | half past six in the morning
wake me up in twenty minutes | alarm | twenty-five minutes past three
set an alarm for four pm | alarm | four o'clock in the afternoon
what is five plus three | sum | That is eight
what's five plus three | sum | That is eight
What's 12*7? | sum | eighty-four
two plus two who | sum | That is four
what is twelve plus one hundred and ninety six | sum | two hundred and eight
ten percent of forty | sum | That is four
what is 30% of 1,000 | sum | three hundred
what is ten percent off forty dollars | sum | thirty-six
what is the square root of two | sum | about one point four one four two
square root of sixteen | sum | That is four
five divided by zero | sum | Nothing can be divided by zero
what is ten divided by four | sum | two point five
ten divided by three | sum | about three point three three three three
(2+3)*4 | sum | twenty
three squared plus four squared | sum | twenty-five
two to the power of ten | sum | one thousand and twenty-four
what percent of sixty is thirty | sum | fifty percent
half of nineteen | sum | nine point five
three point one four times two | sum | six point two eight
what is a hundred and five minus six | sum | ninety-nine
21 km in miles | convert | Twenty-one kilometres are about thirteen miles
how many feet in three meters | convert | nine point eight four feet
convert five miles into kilometers | convert | eight point zero five kilometres
what is twenty degrees celsius in fahrenheit | convert | sixty-eight degrees Fahrenheit
how many tablespoons are in a cup | convert | One cup is sixteen tablespoons
how many kilos are in twenty pounds | convert | nine point zero seven kilograms
seven and a half kilometers in meters | convert | Seven point five kilometres are seven thousand five hundred metres
five kilograms in meters | | I can't turn kilograms into metres
two hours in minutes | convert | one hundred and twenty minutes
take a note buy two liters of milk | note | Noted
take a note that the door code is four five | note | Noted
make a note to call the bank | note | Noted
take a note | | What should I write down?
read my notes | notes_read | You have no notes
what are my notes | notes_read | You have no notes
delete my notes | notes_delete | You have no notes
hello | | Hello
hey parley | | Hello
good morning | | Hello
how are you | | I'm well
thank you | | You're welcome
thanks a lot | | You're welcome
goodbye | | Goodbye
see you later | | Goodbye
who are you | | I'm Parley
what's your name | | I'm Parley
are you a robot | | I'm a program
who made you | | open source
how old are you | | as old as
can you hear me | | I can hear you
what can you do | | I can tell you the time
help | | I can tell you the time
yes | | Okay
no | | Okay
okay | | Okay
mm hm | | I'm listening
never mind | | never mind
cancel | | never mind
wait a second | | Take your time
repeat that | | I haven't said anything yet
can you say that again please | | I haven't said anything yet
go on | | nothing left to say
flip a coin | coin | It's
heads or tails | coin | It's
roll a dice | dice | I rolled
roll two dice | dice | together
roll a twenty sided die | dice | I rolled
pick a number between one and ten | random |
count to ten | count | one, two, three, four, five, six, seven, eight, nine, ten.
count down from three | count | three, two, one.
count from five to eight | count | five, six, seven, eight.
count to a million | | take too long
spell necessary | spell | N, E, C, E, S, S, A, R, Y.
how do you spell banana | spell | B, A, N, A, N, A.
how is economy spelled | spell | E, C, O, N, O, M, Y.
tell me a joke | joke |
make me laugh | joke |
tell me a story about a fox | story | the fox who borrowed the moon
tell me a story | story |
tell me a fun fact | fact |
tell me a fact about octopuses | fact | octopus
tell me a joke about penguins | joke | I have no joke about penguin
um | | I'm listening
what is the weather like tomorrow | | I'm sorry, I can't look up the weather
play some music | | I can't play music
send an email to bob | | I can't send or read messages
call my mum | | I can't make calls
turn on the lights | | I can't switch things in the house
add milk to my shopping list | | I can't keep lists
who is the president of france | | I could with a chat model
what does epicurean mean | | I could with a chat model
book a table for five at seven | | I can't book or order
what time does the bank open | | I can't look after money
how much gas do i have left | | with a chat model
remind me what my pin is | | I can't look after money
how many miles per gallon do i get | | I could with a chat model
turn up the music | | I can't play music
tell me the latest news story | | I can't read the news
"""
ROWS = [tuple(cell.strip() for cell in row.split("|")) for row in TABLE.strip().splitlines()]


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 150


@pytest.mark.parametrize(("said", "used", "heard"), ROWS, ids=[row[0] for row in ROWS])
def test_what_is_said_and_done(said: str, used: str, heard: str) -> None:
    pieces = Talk().say(said)
    assert tool(pieces) == used
    assert heard.lower() in words(pieces).lower()
    assert words(pieces)


@pytest.mark.parametrize(("said", "field", "value"), [
    ("slower", "rate", "*0.800"), ("can you speak slower please", "rate", "*0.800"), ("speak faster", "rate", "*1.250"),
    ("you are too fast", "rate", "*0.800"), ("slow down", "rate", "*0.800"), ("a bit faster", "rate", "*1.125"),
    ("louder", "volume", "*1.350"), ("louder please", "volume", "*1.350"), ("turn it down", "volume", "*0.741"),
    ("i can't hear you", "volume", "*1.350"), ("speak up", "volume", "*1.350"), ("quieter", "volume", "*0.741"),
    ("set the volume to 50 percent", "volume", 0.5), ("whisper", "manner", "whisper"),
    ("higher voice please", "pitch", "*1.200"),
    ("speak with a deeper voice", "pitch", "*0.833"), ("normal voice", "rate", 1.0),
    ("normal speed please", "rate", 1.0),
    ("speak with a british accent", "voice", "en-gb"), ("use a male voice", "voice", "en-us+m3"),
    ("change to a female voice", "voice", "en-us+f3"), ("a scottish accent please", "voice", "en-gb-scotland"),
    ("change your accent to a british male", "voice", "en-gb+m3"), ("american voice", "voice", "en-us"),
    ("talk like a british woman", "voice", "en-gb+f2"),
])
def test_the_voice_changes(said: str, field: str, value: str | float) -> None:
    pieces = Talk().say(said)
    assert next((p.field, p.value) for p in pieces if isinstance(p, Change)) == (field, value)
    assert words(pieces)


@pytest.mark.parametrize("said", ["stop", "Stop!", "stop talking", "be quiet", "okay stop", "shut up", "that's enough",
                                  "stop stop stop", "please stop"])
def test_stop_is_answered_by_silence(said: str) -> None:
    assert Talk().say(said) == []


CONVERSATIONS = [
    [("what time is it in london", "In London"), ("and in tokyo?", "In Tokyo, it is five minutes past twelve"),
     ("and there", "In Tokyo"), ("what about new york", "In New York"), ("thanks", "welcome"),
     ("what day is it there", "In New York, today is Thursday"), ("and tomorrow", "Tomorrow is Friday"),
     ("and in paris", "Paris")],
    [("what time is it", "past three"), ("in berlin", "In Berlin, it is five minutes past four"),
     ("and here", "It is five minutes past three")],
    [("21 km in miles", "thirteen miles"), ("and in feet", "sixty-eight thousand"),
     ("what about ten", "Ten kilometres"),
     ("and two miles", "two miles are"), ("times two", "That is")],
    [("two hours in seconds", "seven thousand two hundred seconds"), ("what about in minutes", "one hundred and "
            "twenty minutes")],
    [("what is five plus three", "eight"), ("times two", "sixteen"), ("and minus four", "twelve"),
     ("half of that", "six"),
     ("add ten", "sixteen"), ("divided by zero", "divided by zero")],
    [("what is five times three", "fifteen"), ("what about four", "twenty"),
     ("square root of that", "about four point four seven")],
    [("set a timer", "For how long?"), ("ten minutes", "Timer set for ten minutes"),
     ("make it fifteen", "set for fifteen minutes"),
     ("how much time is left", "fourteen minutes and fifty-five seconds left"),
     ("add five minutes", "nineteen minutes and fifty seconds left"),
     ("cancel the timer", "twenty minute timer is cancelled")],
    [("set a timer for five minutes", "five minutes"), ("no ten minutes", "set for ten minutes"),
     ("cancel that", "is cancelled"),
     ("what timers do i have", "no timer")],
    [("set a timer", "For how long?"), ("never mind", "never mind"), ("ten minutes", "chat model")],
    [("set a timer for five minutes", "set"), ("set a pasta timer for eight minutes", "Pasta"),
     ("cancel the timer", "Which one"),
     ("cancel the pasta timer", "pasta timer is cancelled"), ("how long is left", "The five minute timer")],
    [("remind me to feed the cat", "When"), ("in ten minutes", "in ten minutes. Feed the cat."), ("what are my "
            "reminders", "feed the cat")],
    [("set an alarm", "For what time?"), ("seven in the morning", "seven o'clock in the morning"),
     ("cancel all alarms", "cancelled")],
    [("take a note", "write down"), ("buy two litres of milk", "Noted"), ("take a note call the bank", "Noted"),
     ("read my notes", "You have two notes. Buy two litres of milk. Call the bank."),
     ("delete the first note", "deleted"),
     ("what are my notes", "You have one note. Call the bank."), ("delete all my notes", "deleted")],
    [("take a note", "write down"), ("cancel", "never mind"), ("read my notes", "no notes")],
    [("slower", "slowly"), ("even slower", "slowly"), ("more", "slowly"), ("normal speed", "normal")],
    [("change your voice", "which would you like"), ("scottish", "other voice")],
    [("flip a coin", "It's"), ("again", "It's"), ("one more time", "It's")],
    [("what is the date", "Today is"), ("repeat that", "Today is Thursday, the twentieth of November, twenty "
                                                       "twenty-five.")],
    [("how many days until christmas", "Christmas"), ("and until new year", "New Year"),
     ("what about friday", "One day")],
    [("spell it", "Which word?"), ("banana", "B, A, N, A, N, A.")],
    [("what is the weather", "I can't"), ("what time is it in rome", "In Rome"), ("who won the match", "chat model"),
     ("and in oslo", "In Oslo")],
]


@pytest.mark.parametrize("turns", CONVERSATIONS, ids=[c[0][0] for c in CONVERSATIONS])
def test_conversations(turns: list[tuple[str, str]]) -> None:
    talk = Talk()
    for said, heard in turns:
        assert heard.lower() in words(talk.say(said)).lower(), said


def test_another_one_is_another_one() -> None:
    for kind, n in (("joke", 10), ("story", 6), ("fact", 8)):
        talk = Talk()
        told = [words(talk.say(f"tell me a {kind}"))] + [words(talk.say("another one")) for _ in range(n - 1)]
        assert len(set(told)) == n


def test_an_interrupted_story_goes_on_where_it_was_left() -> None:
    talk = Talk()
    lines = [p.text for p in talk.say("tell me a story about a fox") if isinstance(p, Say)]
    talk.past[-1] = Exchange("tell me a story about a fox", " ".join(lines[:3]) + " " + lines[3][:10], cut=True)
    assert [p.text for p in talk.say("go on") if isinstance(p, Say)] == lines[3:]


def test_a_timer_runs_from_the_words_that_set_it() -> None:
    talk = Talk()
    talk.say("set a timer for one minute")
    assert talk.due(64.9) == []
    assert talk.due(65.0) == ["Your one minute timer is done."]


def test_questions_wait_for_an_answer() -> None:
    for said in ("set a timer", "take a note", "remind me to call mum", "change your voice", "spell it"):
        assert [p.asks for p in Talk().say(said) if isinstance(p, Say)][-1], said
    assert not any(p.asks for p in Talk().say("what time is it") if isinstance(p, Say))


def test_the_brain_says_what_leaves_a_trace() -> None:
    brain = Talk().brain
    assert brain.lasting(Prompt("set a timer for five minutes"))
    assert not brain.lasting(Prompt("what time is it"))


@given(st.text(max_size=80) | st.lists(st.sampled_from(spaced(
    "set a timer for five minutes what time is it in tokyo and times two plus half of that no cancel percent "
    "squared the remind me at to 7 note stop spell convert miles kilometers how many until christmas tomorrow "
    "first of may alarm"
)), max_size=14).map(" ".join), st.lists(st.sampled_from(
    ["set a timer", "what is 5 plus 3", "21 km in miles", "what time is it in rome", "take a note",
    "tell me a story", "slower",
     "how many days until christmas", "", "set an alarm for 7 am"]), max_size=3))
@settings(max_examples=250, deadline=None)
def test_any_words_get_an_answer(text: str, before: list[str]) -> None:
    brain = Talk().brain
    past = tuple(Exchange(b, "Something was said.") for b in before)
    pieces = list(brain.work(Prompt(text, past)))
    stops = follow(text, tuple(before)).name == "stop"
    assert stops == (not any(isinstance(p, Say) for p in pieces))
    for piece in pieces:
        if isinstance(piece, Say):
            assert piece.text.strip()
            assert len(piece.text.split()) <= 17
            assert not any(c in piece.text for c in "*_#`|")
    assert 0.0 <= complete(text) <= 1.0


def test_a_tool_is_used_before_its_answer_is_said() -> None:
    for said, used, _ in ROWS:
        pieces = Talk().say(said)
        if used and used not in ("story", "joke", "fact"):
            assert isinstance(pieces[0], Used)
