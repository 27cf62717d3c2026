"""Days and times of day in a param, as regular expressions: without those that no calendar has."""

_LEAP = r"(19(7[26]|8[048]|9[26])|20([02468][048]|[13579][26]))"
_DAY_OF_YEAR = (
    r"((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|1[0-9]|2[0-8]))"
)
DAY = rf"((19[7-9][0-9]|20[0-9]{{2}})-{_DAY_OF_YEAR}|{_LEAP}-02-29)"
"""From 1970 to 2099: git takes another year for some day of this one."""
TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
