from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from ncrobot.samples import file_name, identities_in, identity, is_identity

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
WORDS = st.lists(st.text(max_size=20), min_size=1, max_size=4)


@given(WORDS)
def test_the_same_thing_has_the_same_name(words):
    assert identity(*words) == identity(*words)
    assert is_identity(identity(*words))
    assert is_identity(identity(*words).lower())


@given(WORDS, st.integers(0, 10), st.sampled_from(SIGNS))
def test_a_wrong_character_is_noticed(words, at, sign):
    name = identity(*words)
    assume(name[at] != sign)
    assert not is_identity(name[:at] + sign + name[at + 1 :])


@given(
    WORDS, st.text(alphabet=" _-.,;:/\\\r\n\t()[]", min_size=1, max_size=5), st.text(max_size=10)
)
def test_names_are_found_in_texts(words, before, after):
    name = identity(*words)
    text = f"x{before}{name.lower()} {after}"
    assert name in identities_in(text)
    assert list(identities_in(text + " " + name)).count(name) == 1
    assert identities_in(f"Z{name}") == identities_in("nothing here") == ()


@given(WORDS, st.lists(st.text(max_size=40), max_size=3))
def test_names_of_files_are_plain_and_carry_the_identity(words, parts):
    told = file_name(identity(*words), *parts)
    assert told.isascii()
    assert set(told) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert len(told) <= 60
    assert told.startswith(identity(*words))


def test_many_names_differ():
    assert len({identity("sample", str(n)) for n in range(20_000)}) == 20_000
