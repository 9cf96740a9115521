"""Talk about the talk: greetings, stop, repeat, thanks; and what lies beyond this brain. Whole sentences only."""

import re
from functools import lru_cache

from engine.nlu.normalise import unexplained
from engine.nlu.request import Request
from engine.tts.number_words import words

_YOU = r"(?:(?:okay|ok|well|oh|hey|hi|hello|right) )*"
_TALK: list[tuple[str, str]] = [
    ("stop", r"(?:(?:no|okay|ok|hey|oh|parley|now|that's|that is|just|wait|and) )*(?:stop|stop it|stop that|stop "
             r"now|stop there|stop talking|stop speaking|be quiet|quiet|be silent|silence|shut up|hush|enough|that "
             r"is enough|that will do|do not (?:talk|speak)|do not say anything|no more talking|stop please|no "
             r"more|shush|you can stop|stop reading)(?: (?:now|please|it|parley|talking|there|stop|okay|anymore))*|"
             r"(?:talking|shut it)"),
    ("cancel", r"(?:no |oh |okay )*(?:cancel|cancel (?:that|it|this)|never mind|forget (?:it|that|about it)|"
               r"scratch that|drop it|leave it|nothing|do not bother|undo(?: that)?|abort|skip it|not now)(?: "
               r"(?:now|then|please|cancel|never mind))*"),
    ("go_on", r"(?:and |so |yes |yeah |okay |please )*(?:go on|continue|carry on|keep going|go ahead|keep talking|"
              r"do go on|continue the story|and then|then what|what happened (?:then|next)|what (?:next|then)|what "
              r"happens next|finish the story|keep reading|resume|tell me more|more of that|and after that)(?: "
              r"(?:please|with the story|reading))*"),
    ("repeat", r"(?:(?:sorry|pardon|please|what|i am sorry|i did not (?:hear|catch|get) (?:that|it|you)|huh|wait|"
               r"excuse me)(?: |$))+|(?:(?:sorry|pardon me|please|what|i am sorry|wait|excuse me|huh) )*(?:(?:can|"
               r"could|would) you )?(?:repeat|repeat (?:that|it|this|yourself|what you (?:just )?said|the last "
               r"(?:thing|one|part)(?: you said)?)|say (?:that|it|this) (?:again|1 more time|once more)|say again|"
               r"again please|come again|what did you (?:just )?(?:say|ask)(?: again)?|what was that|what was that "
               r"again|1 more time|once more|(?:i )?(?:did not|could not) (?:hear|catch|get) (?:that|it|you|what "
               r"you said)|what was the last thing you said|pardon me|beg your pardon|i beg your pardon|restate "
               r"that|what did you just tell me|repeat that (?:again|1 more time|once more)|tell me (?:that "
               r")?again|rewind)(?: (?:please|again|for me|sorry|1 more time|slowly|once more))*"),
    ("greeting", r"(?:hi|hello|hey|hello there|hi there|hey there|good (?:morning|afternoon|evening|day)|greetings|"
                 r"howdy|yo|hiya|morning|evening|hallo|hullo)(?: (?:there|parley|parlay|barley|friend|you|hello|hi|"
                 r"everyone|to you|again|dear|ai|buddy))*"),
    ("how_are_you", _YOU + r"(?:how are you|how are you (?:doing|feeling|today)|how do you do|how is it going|how "
                           r"is everything|what is up|how have you been|how are things(?: going)?|how is your "
                           r"day(?: going)?|are you (?:well|okay|fine)|how do you feel|how you doing|how goes it|"
                           r"how was your day)(?: (?:today|doing|this morning|this evening|now|feeling|going|"
                           r"lately|then|so far|with you|been))*"),
    ("thanks", r"(?:okay |ok |great |well |no |oh |good |nice |cool |perfect )*(?:thank you|thanks|thank you (?:so|"
               r"very) much|many thanks|cheers|thanks a lot|that is (?:great|perfect|nice|all|good|helpful|lovely|"
               r"wonderful)|well done|good job|nice job|great job|i appreciate (?:it|that|your help)|much "
               r"appreciated|you are (?:great|the best|awesome|amazing|helpful|nice)|excellent|great|perfect|"
               r"awesome|lovely|brilliant|wonderful|nice|cool|good)(?: (?:you|parley|for (?:that|this|the help|"
               r"your help|helping|everything|your time|the answer|the information)|very much|so much|a lot|again|"
               r"for now|thanks|now|work|then|today|bye|to know))*"),
    ("goodbye", r"(?:okay |ok |well |thanks |thank you )*(?:bye|goodbye|good bye|bye bye|good night|see you(?: "
                r"(?:later|soon|around|tomorrow|again))?|farewell|so long|take care|talk to you (?:later|soon)|"
                r"later|see ya|cheerio|until next time|have a (?:nice|good|great) (?:day|one|night|evening)|catch "
                r"you later|that is all(?: for now)?)(?: (?:parley|for now|then|now|bye|goodbye|thanks|thank you|"
                r"ai))*"),
    ("name", r"(?:and )?(?:what is your (?:\w+ )?name|who are you|what are you(?: called)?|what (?:do|should|can|"
             r"may) i call you|do you have a name|tell me your name|your name|introduce yourself|tell me about "
             r"yourself|what are you called|may i know your name|who is this|who am i (?:talking|speaking) to|are "
             r"you parley|is your name \w+|what name (?:do|should) .*|what do you go by)(?: again| please| "
             r"exactly)*"),
    ("bot", r"(?:so |wait |hey )*(?:are you|you are|am i (?:talking|speaking) (?:to|with)) (?:really |actually |"
            r"just )?(?:a |an )?(?:real |actual |live )?(?:bot|robot|human|human being|person|machine|computer|ai|"
            r"alive|real|program|living person|artificial intelligence|somebody real)(?: (?:or|not) .*| are you "
            r"not)?"),
    ("maker", r"(?:tell me )?who (?:\w+ )?(?:made|created|built|designed|programmed|invented|developed|wrote|coded|"
              r"constructed|produced|manufactured) you|who (?:is|are) your (?:maker|makers|creator|creators|"
              r"developer|developers|inventor|programmer|manufacturer|designer|author)|where (?:were you (?:made|"
              r"built|created|born)|are you from|do you come from)|who do you work for|what (?:company|country) "
              r"(?:made|created|are you from).*"),
    ("age", r"(?:and )?(?:how old are you|what is your age|when (?:were you|is your|was your) (?:born|made|created|"
            r"birthday|built)|what year were you (?:born|made|created)|what age are you)(?: now| today| exactly)*"),
    ("hear_me", r"(?:can you hear me|are you (?:there|listening|still there|awake|working)|do you hear me|is "
                r"anybody there|is this (?:on|working)|test|testing|mic test|hello can you hear me|do you "
                r"understand(?: me)?|anyone there|can you understand me)(?: (?:now|okay|1 2|1 2 3|test))*"),
    ("help", r"(?:(?:please|i need|some|hey|so|okay|and|well|i need your) )*(?:help|help me|help me please|what "
             r"can you do|what (?:else )?can you do|what can i (?:ask|say|do|ask you|say to you|ask for|ask you "
             r"about|ask you to do|do here|do with you)|what (?:do|can) you (?:do|know|know about|offer|"
             r"understand)|what are you (?:able to do|capable of|good at|good for|for)|how (?:do i use (?:this|"
             r"you)|can you help(?: me)?|does this work|do you work|can i use you)|what (?:are|is) (?:your|my|the|"
             r"my list of) (?:abilities|commands|capabilities|skills|functions|features|options|talents|list of "
             r"commands)|(?:list|tell me|show me|give me) (?:your|the|all your|all|a list of) (?:your "
             r")?(?:abilities|commands|capabilities|skills|functions|features|options)|what (?:kind|kinds|sort|"
             r"sorts|type|types) of (?:things|questions|topics|stuff|information|subjects|commands) (?:can|do|may|"
             r"could|are|should) (?:you|i)\b.*|what (?:things|questions|topics|subjects|commands) (?:can|do|may|"
             r"could|should|are|am) (?:you|i)\b.*|which (?:types|kinds|sorts|type|kind) of questions .*|tell me "
             r"what you can do|can you help me|what is parley|what (?:all )?can you (?:tell|help|answer|do for|"
             r"talk).*|what (?:am|are) i allowed to ask.*)(?: (?:for me|please|exactly|here|now|you))*"),
    ("yes", r"(?:oh |well )*(?:yes|yeah|yep|yup|sure|of course|yes please|absolutely|definitely|correct|right|"
            r"exactly|that is (?:right|correct|true)|please do|certainly|indeed|i do|affirmative|yes (?:i do|it is|"
            r"you are|that is)|i think so|true)(?: (?:please|yes|sure|yeah|i do|it is))*"),
    ("okay", r"(?:okay|ok|all right|fine|mm hm|uh huh|i see|got it|aha|understood|oh|oh okay|i know|hm|mhm|ah|"
             r"right then|very well|fair enough|makes sense|that makes sense|interesting|wow|really|is that so|oh "
             r"really|no way)(?: (?:okay|then|yeah|right|i see|fine|good))*"),
    ("no", r"(?:oh |well )*(?:no|nope|nah|no way|not really|no thanks|no thank you|i do not think so|negative|"
           r"never|of course not|wrong|that is (?:wrong|not right|not true|false|incorrect|not correct|not what i "
           r"(?:said|meant|asked))|i did not (?:say|mean|ask) (?:that|for that))(?: (?:no|thanks|thank you|i do "
           r"not|it is not|please))*"),
    ("wait", r"(?:no |okay |oh |hey )*(?:wait|hold on|1 (?:moment|second|minute)|just a (?:moment|second|minute)|"
             r"hang on|a moment|give me a (?:second|moment|minute)|let me think|pause)(?: (?:a (?:moment|second|"
             r"minute)|please|there|wait|second))*"),
    ("life", r".*\b(?:meaning|purpose|point) (?:of|to|in|behind) (?:life|all of this|our existence|existence)(?: "
             r".*)?"),
    ("love", r"(?:i (?:love|like|hate|miss) you|do you (?:love|like) me|will you marry me|you are (?:stupid|dumb|"
             r"useless|bad|funny|cute|smart|sweet)|i am (?:bored|tired|sad|happy|lonely|fine|good|well|okay|"
             r"great))(?: (?:too|very much|so much|parley|today|thanks))*"),
]
_COMPILED = [(name, re.compile(rf"^(?:{pattern})$")) for name, pattern in _TALK]


@lru_cache(256)
def read_talk(s: str) -> Request | None:
    """Sentences that are talk as a whole."""
    for name, pattern in _COMPILED:
        if pattern.match(s):
            return Request(name)
    return None


# the same, said in more words: what has to be there, and which other words may be
_LOOSE: list[tuple[str, str, str]] = [
    ("repeat", r"\b(?:repeat|restate|rephrase|replay)\b|\bsay (?:it|that|this)\b.*\b(?:again|more time|once "
               r"more)\b|\b(?:did not|could not)(?: quite)? (?:hear|catch|get|understand)\b.*\b(?:that|you|it)\b|"
               r"\bwhat (?:question )?did you (?:just )?(?:say|ask|tell)\b|\bwhat was (?:said|it you said)\b",
     "repeat restate rephrase replay say said again last thing things told ask asked question hear heard catch "
     "understand time more once sentence statement yourself response answer earlier part sorry pardon may quite "
     "before phrase missed"),
    ("stop", r"\b(?:stop|quit|cease|refrain from|discontinue|no more|quit) (?:talking|speaking)\b|\bshut up\b|"
             r"\bdo not (?:talk|speak)\b|\bbe (?:quiet|silent)\b", "stop quit cease refrain discontinue talking "
                                                                   "speaking shut quiet silent speak talk not "
                                                                   "anymore no more"),
    ("cancel", r"\b(?:cancel|abort|terminate|discontinue|undo|forget|quit|ignore|disregard|drop|negate)\b",
     "cancel abort terminate discontinue undo forget quit ignore disregard drop negate command commands request "
     "task action process last previous current order doing instruction said input operation never mind not no"),
    ("bot", r"\b(?:are you|you are|is this|am i|you an?|yourself)\b.*\b(?:bot|robot|human|person|machine|computer|"
            r"ai|program)\b",
     "bot robot human person machine computer ai program real actual live living talking speaking whether consider "
     "yourself call artificial intelligence think not am generated voice classified clear something automated"),
    ("name", r"^(?!.*\b(?:for|call|know|to|about|addressing|saved|listed|as) me\b)(?:.*)(?:\byour (?:\w+ )?name\b|"
             r"\b(?:call|name|call to|address|refer to) you\b|\byou (?:be called|called|named|go by)\b)",
     "your name names called named call go by given refer address referring use talking prefer nickname full think"),
    ("maker", r"\b(?:made|created|built|designed|programmed|invented|developed|manufactured|constructed|conceived|"
              r"engineered|produced|assembled|coded) you\b|\byou (?:\w+ )?(?:made|created|built|designed|"
              r"programmed|invented|developed|manufactured|from)\b|\byour (?:maker|makers|creators?|developers?|"
              r"inventor|origins?|programmer|birthplace|nationality|manufacturer)\b",
     "made created built designed programmed invented developed manufactured constructed conceived engineered "
     "produced assembled coded person people company companies country name maker creator developer origin who "
     "where place originally come team"),
    ("age", r"\bhow (?:\w+ )?old\b.*\byou\b|\byour (?:age|birthday|birth date|date of birth)\b|\byou (?:were )?born\b",
     "how old age birthday birth date born year were years day when long turning last first"),
    ("thanks", r"\bthank|\bappreciat", "thank thanks appreciate appreciated much very help helping that so great "
                                       "good job answer assistance response information all kind time lot reply "
                                       "helpful thoughtful nice giving telling helped why oh"),
    ("goodbye", r"\b(?:bye|goodbye|adios|ciao|farewell|buhbye|(?<!to )see you|talk to you|have a (?:good|nice|"
                r"great))\b|\b(?:nice|great|good|pleasant|enjoyed|enjoyable|pleasure|fun|wonderful) (?:\w+ "
                r"){0,4}?(?:talking|chatting|speaking|talk|chat|conversation)\b",
     "bye goodbye adios ciao farewell see you talk later soon have good nice great day one night evening talking "
     "chatting speaking chat conversation enjoyed pleasure fun pleasant was until next time tomorrow thanks "
     "enjoyable wonderful help having meet until"),
    ("how_are_you", r"\bhow (?:are|have) (?:things|you|everything)\b|\bhow you are\b|\bare you (?:okay|ok|well|"
                    r"doing|feeling)\b|\bhow is (?:life|it|everything|your day)\b|\bwhat is happening\b|\bhow you "
                    r"(?:been|doing)\b",
     "how are things everything doing feeling going life well okay today day been good been treating happening "
     "lately hi hello"),
    ("life", r"\b(?:meaning|purpose|point|reason)\b.*\b(?:life|lives|exist\w*|everything|lifes|life's)\b|"
             r"\blife\b.*\bmeaning\b",
     "meaning purpose point reason life lives exist existence everything life's lifes humans people think does "
     "behind human"),
    ("help", r"\b(?:what|which|how)\b.*\b(?:things|questions|topics|subjects|tasks|skills|commands|categories|"
             r"stuff)\b(?!.*\b(?:like|enjoy\w*|fun|into|hobb\w+|spare|free|good time)\b).*\b(?:you|i)\b|\b(?:help|"
             r"assist) me with$|\byou (?:help|assist)(?: me)?(?: with)?$|\byou (?:capable of|able to do)\b",
     "help assist things questions topics subjects tasks skills commands categories stuff sorts kinds types sort "
     "kind type ask capable able know answer answering doing information list different allowed aware talk discuss "
     "tell certain other areas"),
    ("yes", r"^(?:yes|yeah|yep|yup|sure|correct|true|right|affirmative|absolutely|agreed|positive|definitely)\b|"
            r"\bis (?:very |indeed )?"
            r"(?:true|correct|affirmative)$", "yes yeah yep yup sure correct true right affirmative absolutely "
                                              "agreed positive definitely want confirmed go ahead very statement "
                                              "most say think valid indeed good thing that's sounds great"),
    ("no", r"^(?:no|nope|nah|negative|false|never|wrong|incorrect|not)\b|\bis (?:very |so )?(?:false|wrong|"
           r"incorrect|not (?:true|right|correct))$|"
           r"\banswer is no$", "no nope nah negative false never wrong incorrect not right true correct answer "
                               "response very so much certainly absolutely way today definitely way say said"),
]
_LOOSE_COMPILED = [(name, re.compile(pattern), frozenset(words(known))) for name, pattern, known in _LOOSE]


def read_loose_talk(s: str) -> Request | None:
    """The same talk in other words. Asked last: only what no tool understands comes here."""
    said = s.split()
    if len(said) > 16 or any(w[0].isdigit() for w in said):
        return None
    for name, pattern, known in _LOOSE_COMPILED:
        if pattern.search(s) and not unexplained(s, 0, 0, known):
            return Request(name)
    return None


# -- what is out of reach ---------------------------------------------------------------------------
_BEYOND: list[tuple[str, str]] = [
    ("look up the weather", r"\b(?:weather|forecast|rain|raining|rainy|snow|snowing|sunny|temperature|umbrella|"
                            r"humid\w*|cloudy|windy|storm)\b"),
    ("play music or sound", r"\b(?:music|song|songs|playlist|album|radio|podcast|audiobook|tune|track|spotify|"
                            r"pandora|band|artist)\b|^play\b"),
    ("read the news", r"\b(?:news|headlines?)\b"),
    ("send or read messages", r"\b(?:emails?|e mails?|inbox|text message|texts?|message|messages|tweet|facebook|"
                              r"twitter|contact|contacts)\b"),
    ("make calls", r"\b(?:call|phone|dial|ring)\b"),
    ("see a calendar", r"\b(?:calendar|meeting|meetings|appointment|appointments|schedule|event|events)\b"),
    ("keep lists, only notes and timers", r"\b(?:lists?|to ?do)\b"),
    ("switch things in the house", r"\b(?:lights?|lamp|lamps|thermostat|vacuum|coffee|oven|tv|television|plug|"
                                   r"socket|door|robot|roomba|heating)\b"),
    ("look after money", r"\b(?:bank|account|balance|credit|card|bill|bills|payment|pay|transfer|loan|interest|"
                         r"insurance|tax|taxes|401|apr|pin|checks?)\b"),
    ("find the way", r"\b(?:directions|traffic|route|navigate|uber|taxi|cab|nearest|nearby|gas station|train|bus|"
                     r"location|gps)\b"),
    ("book or order anything", r"\b(?:book|reserve|reservation|order|hotel|flight|flights|ticket|tickets|"
                               r"restaurant|restaurants|buy|rental)\b"),
    ("look up prices", r"\b(?:stock|stocks|price|prices|exchange rate|dollars?|euros?|yen|currency|pesos?|"
                       r"shares?)\b"),
]
_BEYOND_COMPILED = [(what, re.compile(pattern)) for what, pattern in _BEYOND]


def beyond(s: str) -> str:
    """What the user seems to want that no part of Parley does ("look up the weather"), or ""."""
    return next((what for what, pattern in _BEYOND_COMPILED if pattern.search(s)), "")
