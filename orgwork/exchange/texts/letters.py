"""This room is for Vietnamese syllables, in Latin letters and in Cyrillic."""

from __future__ import annotations

from functools import cache

from orgwork.exchange.texts.lexicons import names
from orgwork.exchange.texts.marks import flatten

# ── Vietnamese syllables, in Latin and in Cyrillic ───────────────────────────────────────────────────────

INITIALS = {
    "": [""], "b": ["б"], "c": ["к"], "ch": ["ть", "ч"], "d": ["з", "д"], "g": ["г"], "gh": ["г"],
    "gi": ["з", "ж", "ги", "зи", "жи"], "h": ["х"], "k": ["к"], "kh": ["кх"], "l": ["л"], "m": ["м"],
    "n": ["н"], "ng": ["нг"], "ngh": ["нг"], "nh": ["нь"], "p": ["п"], "ph": ["ф"], "qu": ["ку", "кв"],
    "r": ["р", "з"], "s": ["ш", "с"], "t": ["т"], "th": ["тх"], "tr": ["ч", "тр"], "v": ["в"], "x": ["с"],
}  # fmt: skip
RHYMES = {
    "a": ["а"], "ac": ["ак"], "ach": ["ать", "ач", "ак"], "ai": ["ай"], "am": ["ам"], "an": ["ан"],
    "ang": ["анг"], "anh": ["ань"], "ao": ["ао"], "ap": ["ап"], "at": ["ат"], "au": ["ау"], "ay": ["ай"],
    "e": ["е", "э"], "ec": ["ек"], "em": ["ем", "эм"], "en": ["ен", "эн"], "eng": ["енг"], "eo": ["ео"],
    "ep": ["еп"], "et": ["ет"], "eu": ["еу"], "ech": ["еть"], "enh": ["ень"],
    "i": ["и"], "ia": ["иа", "ия"], "ich": ["ить", "ич"], "iec": ["иек", "ьек"], "iem": ["ием", "ьем"],
    "ien": ["иен", "ьен", "иэн"], "ieng": ["иенг", "ьенг"], "iep": ["иеп", "ьеп"], "iet": ["иет", "ьет"],
    "ieu": ["иеу", "ьеу"], "im": ["им"], "in": ["ин"], "inh": ["инь", "ин"], "ip": ["ип"], "it": ["ит"],
    "iu": ["иу"],
    "o": ["о"], "oa": ["оа", "уа"], "oac": ["оак"], "oai": ["оай"], "oan": ["оан", "уан"],
    "oang": ["оанг", "уанг"], "oanh": ["оань", "уань"], "oat": ["оат"], "oc": ["ок"], "oe": ["оэ"],
    "oi": ["ой"], "om": ["ом"], "on": ["он"], "ong": ["онг"], "op": ["оп"], "ot": ["от"],
    "u": ["у", "ы"], "ua": ["уа", "ыа"], "uan": ["уан"], "uang": ["уанг"], "uat": ["уат"],
    "uc": ["ук", "ык"],
    "ue": ["уе", "уэ"], "ui": ["уй"], "um": ["ум"], "un": ["ун"], "ung": ["унг", "ынг"],
    "uoc": ["уок", "ыок"],
    "uoi": ["уой"], "uom": ["уом", "ыом"], "uon": ["уон", "ыон"], "uong": ["уонг", "ыонг"], "uot": ["уот"],
    "uou": ["ыоу"], "up": ["уп"], "ut": ["ут"], "uu": ["ыу", "уу"], "uy": ["уи", "юи", "уй", "ви"],
    "uyen": ["уен", "юен", "уйен", "уэн"], "uyet": ["ует", "юет", "уйет"], "uynh": ["уинь", "юинь"],
    "y": ["и"], "yen": ["йен", "иен", "ен"], "ya": ["иа"], "uyt": ["уит"],
    "oach": ["оать"], "oeo": ["оэо"], "uyu": ["уиу"], "yem": ["ием"],
    "oong": ["оонг"], "uya": ["уя"], "yeu": ["йеу"], "uau": ["уау"], "uo": ["уо"], "uay": ["уай"],
    "oay": ["оай"], "oam": ["оам"], "oap": ["оап"], "oet": ["оет"], "oen": ["оен"], "uech": ["уеть"],
    "uenh": ["уень"], "uych": ["уить"], "uyn": ["уин"], "yet": ["ьет", "ет"], "ynh": ["инь"], "yt": ["ит"],
}  # fmt: skip
#: Spellings met that the rules above would hear as something rarer.
HEARD = {
    "и": "y", "уи": "uy", "ли": "ly", "ми": "my", "тхи": "thi", "ви": "vi", "ти": "ti", "тьи": "chi",
    "чи": "chi", "нгуен": "nguyen", "кхань": "khanh", "куанг": "quang", "тя": "tra", "ча": "tra", "чан":
    "tran", "чинь": "trinh", "тринь": "trinh", "чонг": "trong", "тонг": "tong", "куи": "quy", "кюи":
    "quy", "зунг": "dung", "зуи": "duy", "дуи": "duy", "ань": "anh", "фук": "phuc", "фу": "phu", "фыонг":
    "phuong", "фонг": "phong", "зянг": "giang", "зяп": "giap", "зя": "gia", "куок": "quoc",
    "чак": "trac", "тинь": "chinh", "тьинь": "chinh", "жанг": "giang", "кюонг": "cuong",
}  # fmt: skip


def _rank(syllable: str) -> int:
    """What is heard of first when one Cyrillic syllable can be several Latin ones: the commoner name."""
    common = names("common")
    return common[syllable] if syllable in common else len(common) + len(syllable)


def _spelt(initial: str, rhyme: str) -> bool:
    front = rhyme[:1] in {"e", "i", "y"}
    if initial in {"k", "gh", "ngh"} and not front:
        return False
    if initial in {"c", "g", "ng"} and front and not (initial == "g" and rhyme == "i"):
        return False
    if initial == "gi" and rhyme.startswith("i"):
        return False
    return not (initial == "qu" and rhyme.startswith(("u", "o")))


def _softened(sound: str, end: str) -> str:
    """A soft sound before a vowel is written by that vowel: нь + ан is нян, ть + ау is тяу."""
    soft = {"а": "я", "у": "ю", "э": "е"}.get(end[0])
    return sound[:-1] + soft + end[1:] if soft and sound.endswith("ь") else sound + end


@cache
def _syllables() -> tuple[frozenset[str], dict[str, str]]:
    """All unmarked Latin syllables, and the likeliest of them for each Cyrillic spelling."""
    latin: set[str] = set()
    heard: dict[str, str] = {}
    for initial, sounds in INITIALS.items():
        for rhyme, ends in RHYMES.items():
            if not _spelt(initial, rhyme):
                continue
            syllable = initial + rhyme
            latin.add(syllable)
            for sound in sounds:
                for end in ends:
                    for spelling in {sound + end, _softened(sound, end)}:
                        known = heard.get(spelling)
                        if known is None or _rank(syllable) < _rank(known):
                            heard[spelling] = syllable
    # "gi" is a syllable of its own, and "quốc" the one in which qu stands before o.
    latin.update({"gi", "y", "uy", "quoc"})
    heard.update(HEARD)
    return frozenset(latin), heard


def is_syllable(word: str) -> bool:
    """Whether a Latin word, with or without marks, can be one Vietnamese syllable."""
    bare = flatten(word).lower()
    return bare in _syllables()[0] or bare in names("other_syllables")


def latin(word: str) -> str | None:
    """A Cyrillic word as a Vietnamese syllable without marks, case endings taken off; None if it is none."""
    heard = _syllables()[1]
    small = word.lower().replace("ё", "е")
    for ending in ("", "а", "у", "ом", "ем", "е", "я", "ю", "ой", "ы"):
        if ending and not small.endswith(ending):
            continue
        stem = small[: len(small) - len(ending)] if ending else small
        # The soft endings are those of a soft stem: "Тханя" is of Тхань, "Тхана" of Тхан.
        soft = (stem + "ь", stem) if ending in {"я", "ю", "ем"} else (stem, stem + "ь")
        for spelling in (*soft, stem + "а") if ending else (stem,):
            if found := heard.get(spelling):
                return found.capitalize()
    return None
