"""This room is for trying the rules by date: what holds when, and how a slip in a file is named."""

from dataclasses import FrozenInstanceError
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orgwork.foundation import provisions
from orgwork.foundation.datafiles import LANGUAGES, MARKS, DataError
from orgwork.foundation.provisions import NotInForce, VoteRule, view_of
from orgwork.foundation.refusals import Refusal

DAY = date(2024, 5, 1)
LABEL = "label: {vi: a, en: b, de: c, ru: d}"


def write(directory, values, *, name="try.it", unit="months", more="", file="try.yaml"):
    text = f"- name: {name}\n  unit: {unit}\n  {LABEL}\n{indent(dedent(more).strip(), '  ')}\n  values:\n"
    text += indent(dedent(values).strip("\n"), "    ")
    (directory / file).write_text("provisions:\n" + indent(text, "  ") + "\n", encoding="utf-8")
    return directory


def refused(directory):
    with pytest.raises(DataError) as caught:
        provisions.validate(directory)
    return str(caught.value)


# What the files of Orgwork say


def test_every_file_is_right():
    provisions.validate()


def test_the_rule_of_a_day_says_what_it_rests_on():
    rule = provisions.on(DAY)["admission.min_age_years"]
    assert (rule.value, rule.valid_from, rule.mark) == (18, date(2021, 7, 30), "V")
    assert rule.citation == "QĐ 24-QĐ/TW, 1.1"
    assert rule.version == "admission.min_age_years@2021-07-30"


def test_a_value_holds_until_the_next_begins():
    text = "statutes.regulation"
    assert provisions.on(date(2025, 1, 19)).value(text) == "24-QĐ/TW"
    assert provisions.on(date(2025, 1, 20)).value(text) == "232-QĐ/TW"
    assert provisions.on(date(2025, 6, 30)).value(text) == "232-QĐ/TW"
    assert provisions.on(date(2025, 7, 1)).value(text) == "294-QĐ/TW"


def test_the_most_specific_scope_wins():
    rules = provisions.on(DAY)
    name = "admission.decision_working_days"
    assert rules[name].value == 60
    assert rules.get(name, scope={"level": "grassroots"}).value == 30
    assert rules.get(name, scope={"level": "district"}).value == 60
    assert rules.get(name, scope={"level": "grassroots"}).version == f"{name}@2021-07-30[level=grassroots]"


def test_every_value_says_its_source():
    for rule in provisions.rules().values():
        for version in rule.versions:
            assert version.citation and version.mark in MARKS, version
            assert set(version.labels) == set(LANGUAGES)


def test_versions_are_unique():
    versions = [version.version for rule in provisions.rules().values() for version in rule.versions]
    assert len(versions) == len(set(versions))


def test_the_rules_of_admission_hold_on_every_day_of_the_demo():
    day = date(2020, 1, 1)
    while day <= date(2025, 12, 31):
        rules = provisions.on(day)
        for name in rules:
            if name.split(".")[0] in {
                "admission",
                "probation",
                "recognition",
                "transfer",
                "figures",
                "growth",
            }:
                assert rules[name].value is not None
        day += timedelta(days=30)


def test_nothing_can_be_changed():
    rule = provisions.on(DAY)["admission.min_age_years"]
    with pytest.raises(FrozenInstanceError):
        rule.value = 16
    with pytest.raises(TypeError):
        rule.labels["en"] = "another"
    with pytest.raises(TypeError):
        provisions.rules()["another"] = None


def test_an_unknown_name_is_answered_with_the_names_of_the_file():
    with pytest.raises(DataError, match=r"'admission\.min_age'; admission\.yaml has: .*min_age_years"):
        provisions.on(DAY)["admission.min_age"]
    assert "admission.min_age" not in provisions.on(DAY)
    assert "admission.min_age_years" in provisions.on(DAY)


def test_a_day_before_the_first_value_is_refused_with_the_file():
    with pytest.raises(NotInForce, match=r"1975-04-30.*admission\.yaml.*2011-11-01"):
        provisions.on(date(1975, 4, 30))["admission.min_age_years"]
    assert issubclass(NotInForce, Refusal)


def test_a_rule_that_has_scopes_only_asks_for_one():
    with pytest.raises(NotInForce, match=r"general case.*sizes\.yaml"):
        provisions.on(DAY)["sizes.committee_members_min"]


# Votes


def test_two_thirds_of_fourteen_are_ten():
    rule = provisions.on(DAY).value("votes.admission_cell")
    assert (rule.of, rule.counted, rule.share) == ("full_members", "entitled", Fraction(2, 3))
    assert rule.needed(14) == 10
    assert rule.met(10, 14) and not rule.met(9, 14)


def test_half_exactly_is_not_more_than_half():
    rule = VoteRule("summoned", Fraction(1, 2), "more_than")
    assert not rule.met(5, 10) and rule.met(6, 10)


def test_an_empty_assembly_decides_nothing():
    assert not VoteRule("entitled", Fraction(1, 2), "at_least").met(0, 0)


@given(
    st.integers(1, 10_000),
    st.integers(1, 60).flatmap(lambda below: st.tuples(st.integers(1, below), st.just(below))),
    st.sampled_from(VoteRule.TESTS),
)
def test_needed_is_the_least_number_that_meets_the_rule(base, share, kind):
    share = Fraction(*share)
    rule = VoteRule("present", share, kind)
    needed = rule.needed(base)
    meets = (
        (lambda votes: votes >= share * base) if kind == "at_least" else (lambda votes: votes > share * base)
    )
    assert meets(needed) and not meets(needed - 1)


# Files with slips in them


def test_a_value_without_citation_is_refused(tmp_path):
    write(tmp_path, "- {from: 2020-01-01, value: 3, mark: K}")
    assert "try.yaml, line 7" in refused(tmp_path) and "citation" in refused(tmp_path)


def test_a_value_without_mark_is_refused(tmp_path):
    write(tmp_path, "- {from: 2020-01-01, value: 3, citation: law}")
    assert "lacks mark" in refused(tmp_path)


def test_an_unknown_mark_is_refused(tmp_path):
    write(tmp_path, "- {from: 2020-01-01, value: 3, citation: law, mark: X}")
    assert "mark 'X' is none of V, K, S, O" in refused(tmp_path)


def test_days_must_ascend(tmp_path):
    write(
        tmp_path,
        """
        - {from: 2021-01-01, value: 3, citation: law, mark: K}
        - {from: 2020-01-01, value: 4, citation: law, mark: K}
        """,
    )
    assert "2020-01-01 stands after 2021-01-01" in refused(tmp_path)


def test_a_language_may_not_be_missing(tmp_path):
    write(tmp_path, "- {from: 2020-01-01, value: 3, citation: law, mark: K}")
    file = tmp_path / "try.yaml"
    file.write_text(file.read_text().replace(", ru: d", ""))
    assert "try.yaml, line 4" in refused(tmp_path) and "lacks the language ru" in refused(tmp_path)


def test_a_misspelt_key_is_refused(tmp_path):
    write(tmp_path, "- {from: 2020-01-01, vale: 3, value: 3, citation: law, mark: K}")
    assert "unknown key vale" in refused(tmp_path)


def test_a_key_said_twice_is_refused(tmp_path):
    write(tmp_path, "- {from: 2020-01-01, value: 3, value: 4, citation: law, mark: K}")
    assert "'value' is said twice" in refused(tmp_path)


def test_a_misspelt_section_is_refused(tmp_path):
    (tmp_path / "try.yaml").write_text("provision: []\n")
    assert "unknown key provision" in refused(tmp_path)


def test_what_is_no_yaml_is_named_by_line(tmp_path):
    (tmp_path / "try.yaml").write_text("provisions:\n  - name: [\n")
    assert "try.yaml, line" in refused(tmp_path)


def test_a_name_may_stand_once_only(tmp_path):
    write(tmp_path, "- {from: 2020-01-01, value: 3, citation: law, mark: K}")
    write(tmp_path, "- {from: 2020-01-01, value: 3, citation: law, mark: K}", file="two.yaml")
    assert "try.it stands already in try.yaml" in refused(tmp_path)


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("months", "-1"),
        ("months", "1.5"),
        ("months", "true"),
        ("share", "0.5"),
        ("share", '"3/2"'),
        ("share", '"1/0"'),
        ("number", "365.25"),
        ("yes_no", '"yes"'),
        ("list", "[]"),
        ("text", '" "'),
        ("vote_rule", '{of: everybody, share: "1/2", test: at_least}'),
        ("vote_rule", '{of: present, share: "1/2", test: about}'),
        ("vote_rule", '{of: present, share: "1/2"}'),
    ],
)
def test_a_value_must_fit_its_unit(tmp_path, unit, value):
    write(tmp_path, f"- {{from: 2020-01-01, value: {value}, citation: law, mark: K}}", unit=unit)
    assert f"no value of the unit {unit}" in refused(tmp_path)


def test_a_choice_must_be_declared(tmp_path):
    choices = "choices: {one: {vi: a, en: b, de: c, ru: d}}"
    write(tmp_path, "- {from: 2020-01-01, value: two, citation: law, mark: K}", unit="choice", more=choices)
    assert "'two' is none of one" in refused(tmp_path)


def test_scopes_that_fit_the_same_case_equally_well_are_refused(tmp_path):
    write(
        tmp_path,
        """
        - {from: 2020-01-01, value: 1, citation: law, mark: K, scope: {level: grassroots}}
        - {from: 2020-01-01, value: 2, citation: law, mark: K, scope: {area: mountain}}
        """,
    )
    assert "can fit the same case" in refused(tmp_path)


def test_a_value_for_both_scopes_together_settles_it(tmp_path):
    write(
        tmp_path,
        """
        - {from: 2020-01-01, value: 0, citation: law, mark: K}
        - {from: 2020-01-01, value: 1, citation: law, mark: K, scope: {level: grassroots}}
        - {from: 2020-01-01, value: 2, citation: law, mark: K, scope: {area: mountain}}
        - {from: 2020-01-01, value: 3, citation: law, mark: K, scope: {area: mountain, level: grassroots}}
        """,
    )
    provisions.validate(tmp_path)
    rules = view_of(tmp_path, DAY)
    assert rules.value("try.it", scope={"area": "mountain", "level": "grassroots"}) == 3
    assert rules.value("try.it", scope={"area": "mountain", "level": "district"}) == 2
    assert rules.value("try.it", scope={"area": "delta"}) == 0


def test_an_empty_value_ends_a_rule(tmp_path):
    write(
        tmp_path,
        """
        - {from: 2020-01-01, value: 3, citation: law, mark: K}
        - {from: 2022-01-01, value: null, citation: the repeal, mark: K}
        """,
    )
    assert view_of(tmp_path, date(2021, 12, 31)).value("try.it") == 3
    with pytest.raises(NotInForce, match="2022-01-01: the repeal"):
        view_of(tmp_path, date(2022, 1, 1)).value("try.it")


def test_numbers_stay_what_the_file_says(tmp_path):
    write(tmp_path, '- {from: 2020-01-01, value: "365.25", citation: law, mark: O}', unit="number")
    assert view_of(tmp_path, DAY).value("try.it") == Decimal("365.25")


@given(
    starts=st.sets(st.dates(date(2000, 1, 1), date(2030, 12, 31)), min_size=1, max_size=6),
    day=st.dates(date(1999, 1, 1), date(2031, 12, 31)),
)
def test_the_latest_start_not_after_the_day_decides(tmp_path_factory, starts, day):
    lines = [
        f"- {{from: {start}, value: {number}, citation: law, mark: K}}"
        for number, start in enumerate(sorted(starts))
    ]
    rules = view_of(write(tmp_path_factory.mktemp("rules"), "\n".join(lines)), day)
    begun = [number for number, start in enumerate(sorted(starts)) if start <= day]
    if begun:
        assert rules.value("try.it") == begun[-1]
    else:
        with pytest.raises(NotInForce):
            rules.value("try.it")


# Catalogues


def test_every_kind_of_body_has_a_way_up_to_the_root():
    kinds = provisions.kinds()
    reached, edge = set(), {"whole_party"}
    while edge:
        reached |= edge
        edge = {code for code, kind in kinds.items() if set(kind.parents()) & reached} - reached
    assert reached == set(kinds)
    assert [code for code, kind in kinds.items() if kind.may_stand_under(None)] == ["whole_party"]


def test_only_cells_hold_members():
    holding = {code for code, kind in provisions.kinds().items() if kind.holds_members}
    assert holding == {"cell", "grassroots_cell"}
    assert holding == {code for code, kind in provisions.kinds().items() if kind.counts_as == "cell"}


def test_the_district_level_ends_with_june_2025():
    stand = provisions.may_stand_under
    assert stand("district_party_organisation", "provincial_party_organisation", date(2025, 6, 30))
    assert not stand("district_party_organisation", "provincial_party_organisation", date(2025, 7, 1))
    assert stand("district_party_organisation", "provincial_party_organisation")
    assert not stand("cell", "provincial_party_organisation")


def test_sizes_of_kinds_are_provisions():
    for kind in provisions.kinds().values():
        for name in kind.sizes.values():
            assert name in provisions.rules(), (kind.code, name)


def test_every_catalogue_speaks_four_languages():
    catalogues = [
        *(provisions.kinds(), provisions.posts(), provisions.acts()),
        *(provisions.documents(), provisions.issuers(), provisions.causes()),
    ]
    for catalogue in catalogues:
        for entry in catalogue.values():
            assert all(entry.labels[language].strip() for language in LANGUAGES)


def acts_of(post, at, parent=None):
    return {
        act: power.reach
        for power in provisions.powers(DAY)
        if post in power.posts and at in power.at and (power.base == "unit" or parent in power.of)
        for act in power.acts
    }


def test_a_cell_secretary_acts_for_the_own_cell_only():
    acts = acts_of("secretary", "cell")
    assert {"admission.open", "admission.cell", "transfer.send", "names.read"} <= set(acts)
    assert set(acts.values()) == {"own"}
    assert not {"admission.decide", "files.read", "background.read"} & set(acts)


def test_the_district_decides_below_and_the_province_for_its_direct_ones():
    district = acts_of("organisation_officer", "organisation_committee", "district_party_organisation")
    province = acts_of("organisation_officer", "organisation_committee", "provincial_party_organisation")
    assert district["admission.decide"] == "under"
    assert province["admission.decide"] == "own"
    assert province["names.read"] == "under"


def test_the_technical_administrator_sees_no_person_and_no_figure():
    assert set(acts_of("technical_administrator", "provincial_party_organisation")) == {
        "system.run",
        "user.manage",
        "signin.reset",
    }


def test_ethnicity_and_religion_are_read_by_file_clerks_only():
    for power in provisions.powers():
        if "background.read" in power.acts:
            assert "files.read" in power.acts, power.code
            assert power.posts <= {"organisation_officer", "head", "deputy_head"}, power.code


def test_a_plain_post_gives_no_power():
    for post in ("village_head", "chair", "chief_judge"):
        assert not any(post in power.posts for power in provisions.powers())


def test_every_act_is_given_to_somebody():
    given = {act for power in provisions.powers() for act in power.acts}
    assert given == set(provisions.acts())


def test_a_power_begins_on_its_day():
    power = provisions.powers()[0]
    assert power.holds(power.valid_from)
    assert not power.holds(power.valid_from - timedelta(days=1))


def test_causes_say_what_they_do_to_the_number_of_members():
    causes = provisions.causes()
    assert {code for code, cause in causes.items() if cause.effect == "increase"} == {
        "admitted",
        "readmitted",
        "restored",
        "transferred_in",
    }
    assert {code for code, cause in causes.items() if cause.effect == "decrease"} == {
        "transferred_out",
        "died",
        "left",
        "expelled",
        "deleted",
    }


def test_the_sign_does_not_tell_the_kind():
    signs = [kind.code for kind in provisions.documents().values() if "QĐ" in kind.symbols]
    assert signs == ["decision", "regulation"]
