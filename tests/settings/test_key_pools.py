from hypothesis import given
from hypothesis import strategies as st

from shotmill.secrets import Secret
from shotmill.settings.keys import Key, KeyRing, UnusableKey, differing_limits, key_ring
from shotmill.settings.keys_file import KeyEntry, KeysFile
from shotmill.settings.pools import QuotaLimits, limits_for, pool_for
from shotmill.settings.project import Limits, StyleSettings


def key(name: str, secret: str = "", project: str = "p", rpm: int | None = None, rpd: int | None = None) -> Key:
    return Key(name, Secret(secret or f"secret-{name}"), project, project, rpm, rpd)


def names(style: StyleSettings, ring: KeyRing) -> list[str]:
    return [one.name for one in pool_for(style, ring).keys]


EVERY = StyleSettings()


def test_no_keys_line_is_every_key_of_the_file() -> None:
    ring = KeyRing((key("anna"), key("ben"), key("env")), env_by_default=False)
    assert names(EVERY, ring) == ["anna", "ben"]
    assert names(StyleSettings(keys=("env", "ben")), ring) == ["env", "ben"]


def test_env_is_used_where_the_file_has_none() -> None:
    assert names(EVERY, KeyRing((key("env"),))) == ["env"]
    assert names(EVERY, KeyRing()) == []


def test_a_name_that_this_machine_lacks_is_passed_over_and_told() -> None:
    ring = KeyRing((key("anna"),), (UnusableKey("ben", "empty", "mend it"),), env_by_default=False)
    pool = pool_for(StyleSettings(keys=("zoe", "anna", "ben")), ring)
    assert [one.name for one in pool.keys] == ["anna"]
    assert pool.passed_over == ("zoe", "ben")


def test_a_secret_is_in_a_pool_once_under_its_first_name() -> None:
    ring = KeyRing((key("a", "same-1"), key("b", "other"), key("c", "same-1")), env_by_default=False)
    assert names(EVERY, ring) == ["a", "b"]
    assert names(StyleSettings(keys=("c", "b", "a")), ring) == ["c", "b"]


def test_limits_of_keys_come_before_the_projects() -> None:
    keys = [key("a", project="film", rpm=12), key("b", project="film", rpm=10, rpd=900), key("c", project="x", rpm=1)]
    assert limits_for("film", keys, Limits(rpm=5, rpd=100)) == QuotaLimits(10, 900)
    assert limits_for("y", keys, Limits(rpm=5, rpd=100)) == QuotaLimits(5, 100)
    assert limits_for("x", keys, Limits(rpm=5, rpd=100)) == QuotaLimits(1, 100)


def test_what_a_person_wrote_is_told_from_a_default() -> None:
    def written(keys: list[Key], *limits: Limits) -> tuple[bool, bool]:
        found = limits_for("p", keys, *limits)
        return found.rpm_written, found.rpd_written

    assert written([key("a", project="p", rpm=9)]) == (True, False)
    assert written([key("a", project="p", rpd=500)], Limits()) == (False, True)
    assert written([], Limits(), Limits(rpm_written=True)) == (True, False)
    assert written([key("a", project="x", rpm=9)], Limits()) == (False, False)


def test_keys_that_share_a_quota_project_and_differ_in_their_limits_are_told_of() -> None:
    keys = [key("a", project="film", rpm=12), key("b", project="film", rpm=10, rpd=900), key("c", project="x", rpm=1)]
    (note,) = differing_limits(keys)
    assert "film" in note and "rpm" in note and "10 holds" in note
    entries = tuple(KeyEntry(one.name, one.secret, None, "film", rpm=one.rpm) for one in keys[:2])
    assert any("10 holds" in said for said in key_ring(KeysFile(entries), {}).notes)
    assert differing_limits([key("a", project="film", rpm=12), key("b", project="film")]) == []


def test_of_several_projects_the_lowest_counts() -> None:
    assert limits_for("p", [], Limits(rpm="auto", rpd=300), Limits(rpm=7, rpd=400)) == QuotaLimits(7, 300)
    assert limits_for("p", [], Limits(rpm="auto")) == QuotaLimits("auto", 500)
    assert limits_for("p", []) == QuotaLimits(9, 500)


def test_what_a_project_leaves_open_lowers_nothing_that_another_says() -> None:
    said = Limits(rpm=60, rpd=2000, rpm_written=True, rpd_written=True)
    assert limits_for("p", [], Limits(), said) == QuotaLimits(60, 2000)
    auto = limits_for("p", [], Limits(), Limits(rpm="auto", rpm_written=True))
    assert auto == QuotaLimits("auto", 500) and not auto.rpm_written
    lower = limits_for("p", [], said, Limits(rpm="auto", rpm_written=True), Limits(rpm=20, rpm_written=True))
    assert lower == QuotaLimits(20, 2000) and lower.rpm_written


ENTRIES = st.lists(
    st.builds(
        lambda name, secret, project: KeyEntry(f"k{name}", Secret(f"secret-{secret}"), None, project),
        st.integers(0, 9),
        st.integers(0, 3),
        st.sampled_from([None, "film", "studio"]),
    ),
    max_size=8,
    unique_by=lambda entry: entry.name,
)


@given(
    ENTRIES, st.booleans(), st.none() | st.lists(st.sampled_from(["k0", "k1", "k2", "k7", "env", "zoe"]), unique=True)
)
def test_a_pool_never_counts_a_secret_twice(entries: list[KeyEntry], env: bool, wanted: list[str] | None) -> None:
    ring = key_ring(KeysFile(tuple(entries)), {"GEMINI_API_KEY": "secret-0"} if env else {})
    pool = pool_for(StyleSettings(keys=None if wanted is None else tuple(wanted)), ring)
    fingerprints = [one.fingerprint for one in pool.keys]
    assert len(fingerprints) == len(set(fingerprints))
    projects: dict[str, set[str]] = {}
    for one in ring.keys:
        projects.setdefault(one.fingerprint, set()).add(one.quota_project)
    assert all(len(found) == 1 for found in projects.values())
    if wanted is not None:
        known = {one.name for one in ring.keys}
        assert set(pool.passed_over) == set(wanted) - known
    elif entries:
        assert "env" not in {one.name for one in pool.keys}
