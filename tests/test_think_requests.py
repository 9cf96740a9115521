"""What people really ask a voice assistant: within reach it is understood, out of reach no tool is used."""

import random
from pathlib import Path

import pytest
from brain_conversation import Talk, tool, words

from engine.nlu.follow_up import follow
from engine.tts.number_words import words as spaced

REQUESTS = Path(__file__).parent.parent.parent / "shared" / "text" / "requests.tsv"
OUT_OF_DOMAIN = frozenset(spaced(
    "account_blocked apr balance bill_due book_flight book_hotel calories car_rental card_declined carry_on "
    "credit_limit credit_score definition direct_deposit directions distance email_query email_sendemail "
    "exchange_rate flight_status gas gas_type iot_cleaning iot_coffee iot_hue_lightoff ingredients_list insurance "
    "interest_rate make_call meal_suggestion mpg music_query news_query next_song nutrition_info oil_change_how "
    "oos order order_status pay_bill payday pin_change play_game play_music play_podcasts play_radio pto_balance "
    "qa_currency qa_definition qa_factoid qa_stock recipe restaurant_suggestion routing share_location "
    "shopping_list smart_home social_post spending_history takeaway_order taxes text tire_pressure traffic "
    "transactions transfer translate transport_query travel_suggestion uber vaccines w2 weather weather_query "
    "what_song"
))
IN_DOMAIN = {"time": ("time", "time_zone"), "timer": ("timer",), "calculator": ("sum",), "date": ("date",),
    "flip_coin": ("coin",),
             "roll_dice": ("dice",), "measurement_conversion": ("convert",), "tell_joke": ("joke",),
             "change_speed": ("style",)}


@pytest.fixture(scope="module")
def requests() -> list[tuple[str, str]]:
    if not REQUESTS.exists():
        pytest.skip("../shared/text/requests.tsv is not here")
    rows = [line.split("\t") for line in REQUESTS.read_text(encoding="utf-8").splitlines()[1:]]
    return [(row[1], row[2]) for row in rows if len(row) == 3 and row[1]]


def test_requests_out_of_reach_use_no_tool(requests: list[tuple[str, str]]) -> None:
    foreign = [text for intent, text in requests if intent in OUT_OF_DOMAIN]
    sample = random.Random(5).sample(foreign, 2500)
    wrong = [text for text in sample if tool(Talk().say(text))]
    assert len(wrong) <= len(sample) * 0.004, wrong
    said = [text for text in sample if "can't" not in words(Talk().say(text))]   # sorry, or an offer
    assert len(said) <= len(sample) * 0.01, said


@pytest.mark.parametrize("intent", sorted(IN_DOMAIN))
def test_requests_within_reach_are_understood(requests: list[tuple[str, str]], intent: str) -> None:
    mine = [text for i, text in requests if i == intent]
    got = [follow(text).name for text in mine]
    assert sum(name in IN_DOMAIN[intent] for name in got) >= 0.65 * len(mine)


def test_no_request_breaks_the_brain(requests: list[tuple[str, str]]) -> None:
    for _, text in random.Random(6).sample(requests, 2000):
        pieces = Talk().say(text)
        assert words(pieces) or follow(text).name == "stop"
