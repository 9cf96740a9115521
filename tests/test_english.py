"""English as it is spoken: a table of what is written and what is said, and properties of numbers and money."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.nlu.numbers import digits as read_back
from engine.tts.number_words import number_words
from engine.tts.text import as_spoken

PAIRS = """
3^4 is 81. | three to the power of four is eighty-one.
10⁻³ metres. | ten to the power of minus three metres.
2^10 is 1024. | two to the power of ten is one thousand and twenty-four.
x^2 and y² | x squared and y squared
5² is 25, 2³ is 8. | five squared is twenty-five, two cubed is eight.
about 6.02e23 of them | about six point zero two times ten to the power of twenty-three of them
2**8 values | two to the power of eight values
10^-6 | ten to the power of minus six
It costs $4.75. | It costs four dollars seventy-five.
They raised $1.3M. | They raised one point three million dollars.
$1 | one dollar
$0.99 each | ninety-nine cents each
$3.05 | three dollars and five cents
€12 and £7.50 | twelve euros and seven pounds fifty
$1,250 | one thousand two hundred and fifty dollars
£1.01 | one pound and one penny
-$5 | minus five dollars
$2 million more | two million dollars more
$7bn | seven billion dollars
20 EUR | twenty euros
15€ | fifteen euros
¥900 | nine hundred yen
50¢ | fifty cents
$20/month | twenty dollars per month
£3k | three thousand pounds
$0 | zero dollars
US$30 | thirty US dollars
at 10:30 | at ten thirty
at 7:05 pm | at seven oh five p.m
3:00 | three o'clock
18:45 | eighteen forty-five
5pm sharp | five p.m sharp
8 a.m. today | eight a.m today
It is 9:00 AM. | It is nine a.m.
12:00:30 | twelve o'clock and thirty seconds
Feb. 9 | February ninth
on 9 Feb. | on the ninth of February
March 3, 2024 | March third, twenty twenty-four
the 21st of May 1999 | the twenty-first of May nineteen ninety-nine
2026-12-01 | December first, twenty twenty-six
7/4/1996 | July fourth, nineteen ninety-six
25/12/2020 | December twenty-fifth, twenty twenty
24.12.2021 | December twenty-fourth, twenty twenty-one
Mon. 3 Aug. | Monday the third of August
in 1905 | in nineteen oh five
since 2008 | since two thousand and eight
the 1990s | the nineteen nineties
the '80s | the eighties
by 2030. | by twenty thirty.
May 5 | May fifth
1914-1918 | nineteen fourteen to nineteen eighteen
5-10 minutes | five to ten minutes
pages 12–15 | pages twelve to fifteen
2-3 kg | two to three kilograms
won 3-2 | won three to two
1/2 cup | one half cup
3/4 full | three quarters full
2 1/2 cups | two and a half cups
1½ hours | one and a half hours
¼ of it | a quarter of it
5/8 inch | five eighths inch
24/7 help | twenty-four seven help
11/40 | eleven over forty
12 km | twelve kilometers
1 km | one kilometer
90 km/h | ninety kilometers per hour
-5°C | minus five degrees Celsius
70 °F | seventy degrees Fahrenheit
45° | forty-five degrees
5% | five percent
12.5 % | twelve point five percent
20 m² | twenty square meters
3 m3 | three cubic meters
16GB of memory | sixteen gigabytes of memory
2.4 GHz | two point four gigahertz
100 mph | one hundred miles per hour
60 mph. | sixty miles per hour.
6'2" tall | six foot two tall
500 ml | five hundred milliliters
3 lbs | three pounds
2 ft | two feet
1 hr 20 min | one hour twenty minutes
40 ms | forty milliseconds
10 m/s | ten meters per second
2x faster | two times faster
3.14 | three point one four
release 3.10 | release three point one zero
2.0 | two point zero
0.5 | zero point five
v1.2.3 | version one point two point three
10.0.0.1 | one zero dot zero dot zero dot one
1,234,567 | one million two hundred and thirty-four thousand five hundred and sixty-seven
105 | one hundred and five
-7 | minus seven
+3 | plus three
call 555 0187 | call five five five, zero one eight seven
555-0187 | five five five, zero one eight seven
+44 20 7946 0958 | four four, two zero, seven nine four six, zero nine five eight
the code is 0042 | the code is zero zero four two
Dial 112. | Dial one one two.
agent 007 | agent zero zero seven
the 3rd floor | the third floor
the 2nd of June | the second of June
21st, 100th and 113th | twenty-first, one hundredth and one hundred and thirteenth
my 1st | my first
Dr. Brown | Doctor Brown
Prof. Vale, St. Louis, Feb. 9 | Professor Vale, Saint Louis, February ninth
Oak Ave. 4, 7 King St. is here. | Oak Avenue four, seven King Street is here.
Mr. and Mrs. Hill | Mister and Missus Hill
221 Baker St. | two hundred and twenty-one Baker Street.
No. 5 | number five
No. Never. | No. Never.
#3 | number three
apples, pears, etc. | apples, pears, et cetera.
e.g. tea | for example tea
i.e. now | that is now
cats vs. dogs | cats versus dogs
Acme Inc. won | Acme Incorporated won
the U.S. Army | the US Army
in the U.K. | in the UK.
approx. 5 | approximately five
p. 7 | page seven
w/o sugar | without sugar
salt & pepper | salt and pepper
AT&T | AT and T
NASA and the USB port | NASA and the USB port
COVID-19 | COVID nineteen
H2O and CO2 | H two O and CO two
an MP3 | an MP three
gate B12 | gate B twelve
flight 2047 | flight two zero four seven
bob@example.com | bob at example dot com
mail a.lee_2@mail.example.org. | mail a dot lee underscore two at mail dot example dot org.
https://example.com/help | example dot com slash help
www.example.org. | example dot org.
see example.com now | see example dot com now
World War II | World War two
Chapter IV | Chapter four
Henry VIII died | Henry the eighth died
Louis XIV | Louis the fourteenth
I am here | I am here
a mix of C and D | a mix of C and D
3 + 4 = 7 | three plus four equals seven
8 - 5 | eight minus five
6 × 7 | six times seven
6*7 | six times seven
9 ÷ 3 | nine divided by three
x = 4 | x equals four
5 < 6 | five is less than six
~20 people | about twenty people
±2 | plus or minus two
18+ | eighteen plus
**$5** off | five dollars off
*3 km* | three kilometers
`2^3` | two cubed
🙂 10% | ten percent
1. milk | one. milk
and/or | and or
well - yes | well – yes
twenty one | twenty one
The bill, please. | The bill, please.
"""
TABLE = [tuple(part.strip() for part in line.split(" | ")) for line in PAIRS.strip().splitlines()]


@pytest.mark.parametrize(("written", "said"), TABLE, ids=[w for w, _ in TABLE])
def test_what_is_said_of_what_is_written(written: str, said: str) -> None:
    reading = as_spoken(written, english=True)
    assert reading.text == said
    assert list(reading.words) == written.split()
    assert list(reading.starts) == sorted(reading.starts)


def test_the_table_is_long_enough() -> None:
    assert len(TABLE) >= 120


def test_parts_of_an_amount_stay_with_their_words() -> None:
    reading = as_spoken("It was $2 million and 12 km away", english=True)
    assert reading.text[reading.starts[3] :].startswith("million dollars")
    assert reading.text[reading.starts[6] :].startswith("kilometers")


@given(st.integers(0, 10**9 - 1))
def test_a_number_can_be_read_back(n: int) -> None:
    for text in (f"say {n} now", f"say {n:,} now"):
        said = as_spoken(text, english=True).text.removeprefix("say ").removesuffix(" now")
        if not 1900 <= n < 2040:
            assert read_back(said) == str(n)


@given(st.integers(0, 10**6), st.integers(0, 99))
def test_money_names_its_whole_and_its_hundredths(whole: int, small: int) -> None:
    said = as_spoken(f"${whole}.{small:02}", english=True).text
    assert ("dollar" in said) == bool(whole or not small)
    if whole:
        assert said.startswith(number_words(whole) + " dollar")
    if small:
        assert re.search(rf"\b{number_words(small)}( cents?)?$", said)


@given(st.text(st.sampled_from("0123456789 .,:;-–/$€%°^²kmMGB@#()x=+*'\"aA"), max_size=30))
def test_nothing_breaks_and_no_figure_is_left(text: str) -> None:
    reading = as_spoken(text, english=True)
    assert list(reading.words) == text.split()
    assert not re.search(r"[0-9²]", reading.text)
    assert "\ue000" not in reading.text
