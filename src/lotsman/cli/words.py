"""lotsman word: words that no text may hold."""

from typing import Annotated

import typer

from lotsman.cli.phone_lists import Whose, owner_of
from lotsman.cli.session import with_platform
from lotsman.usecases import Platform
from lotsman.usecases.edit_words import add_words, remove_words, show_words

app = typer.Typer(help="Forbidden words (247).", no_args_is_help=True)

Words = Annotated[list[str], typer.Argument(help="Words, or phrases in quotes; * at the end: any ending.")]


@app.command()
def add(who: Whose, words: Words) -> None:
    """Refuse texts with these words from now on."""

    async def work(platform: Platform) -> int:
        return await add_words(platform, await owner_of(platform, who), words)

    print(f"{with_platform(work)} added, {len(words)} given")


@app.command()
def remove(who: Whose, words: Words) -> None:
    """Let these words pass again."""

    async def work(platform: Platform) -> int:
        return await remove_words(platform, await owner_of(platform, who), words)

    print(f"{with_platform(work)} removed, {len(words)} given")


@app.command("list")
def list_(who: Whose) -> None:
    """The words of an account, or of the whole installation."""

    async def work(platform: Platform) -> list[str]:
        return await show_words(platform, await owner_of(platform, who))

    for word in with_platform(work):
        print(word)
