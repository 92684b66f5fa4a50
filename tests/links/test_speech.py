"""The speaker: every text is spoken once, what is old is forgotten, what was given away stays."""

import asyncio

import pytest

from lotsman.carriers.links.speech import Speaker, SpeechFailed, duration
from lotsman.carriers.links.voice_settings import VoiceSettings
from stand.harbour import on_a_loop


def a_speaker(folder, **settings):
    """Its pipeline makes a line of `runs` for each text that it speaks: the voice, and the text"""
    script = folder / "speak"
    script.write_text(
        f'#!/bin/sh\n{{ printf "%s " "$1"; cat; echo; }} >> {folder}/runs\n'
        'exec sox -q -n -r 8000 -c 1 -b 16 "$2" synth 1 sine 440\n'
    )
    script.chmod(0o700)
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    fixed = {"trunk": "sip:trunk.example", "caller": "74951112233", "speech": f"{script} {{voice}} {{wav}}"}
    return Speaker(VoiceSettings(**fixed | settings), kept)


def runs(folder):
    return (folder / "runs").read_text("utf-8").splitlines()


@on_a_loop
async def test_the_same_text_is_spoken_once_however_many_want_it(tmp_path):
    speaker = a_speaker(tmp_path)
    first = await asyncio.gather(*(speaker.say("Код 1234", male=False) for _ in range(5)))
    second = await speaker.say("Код 1234", male=False)
    assert len({*first, second}) == 6
    assert runs(tmp_path) == ["ru+f2 Код 1, 2, 3, 4"]
    assert duration(second) == pytest.approx(0.4 + 1 + 0.8 + 1 + 2.0)


@on_a_loop
async def test_text_voice_and_language_make_a_difference(tmp_path):
    speaker = a_speaker(tmp_path, voices={"en-m": "John"})
    for text, male in [
        ("Привет", False),
        ("Привет", True),
        ("Hello", False),
        ("Hello", True),
        ("Hello", True),
    ]:
        await speaker.say(text, male=male)
    assert runs(tmp_path) == ["ru+f2 Привет", "ru+m3 Привет", "en+f2 Hello", "John Hello"]


@on_a_loop
async def test_what_is_old_is_forgotten_and_what_was_given_away_stays(tmp_path):
    speaker = a_speaker(tmp_path, cache_megabytes=1)
    given = [await speaker.say(f"Текст номер {number}", male=False) for number in range(15)]
    kept = [path for path in (tmp_path / "kept").iterdir() if not path.name.startswith("given-")]
    assert sum(path.stat().st_size for path in kept) <= 1_000_000
    assert len(kept) == 12
    assert all(duration(path) > 5 for path in given)
    await speaker.say("Текст номер 14", male=False)
    await speaker.say("Текст номер 0", male=False)
    assert len(runs(tmp_path)) == 16


@on_a_loop
async def test_a_new_link_remembers_what_was_spoken_into_its_folder(tmp_path):
    left = await a_speaker(tmp_path).say("Привет", male=False)
    speaker = a_speaker(tmp_path)
    assert not left.exists()
    await speaker.say("Привет", male=False)
    assert len(runs(tmp_path)) == 1


@on_a_loop
async def test_a_program_that_repeats_the_text_does_not_put_it_into_a_log(tmp_path):
    speaker = a_speaker(tmp_path, speech="sh -c 'cat >&2; exit 3' {wav}")
    with pytest.raises(SpeechFailed) as failed:
        await speaker.say("Код 1234", male=False)
    assert str(failed.value) == "sh ended with 3"
    assert failed.value.words == "Код 1, 2, 3, 4"
