"""The engine's sentences in the language of the reader.

What is kept of a turn is language-neutral: the engine knows no languages, and its sentences are
kept as it said them, in English. They are told here, from what they say: each is one of `SENTENCES`
with its blanks filled in. One that is none of them is shown as it is.
"""

import re
from functools import cache, lru_cache
from typing import Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from chat.localised import dollars, localised

SENTENCES: Final = (
    # Why a route was taken.
    _("{reason}, so it goes straight to {model}"),
    _("{reason}; {more}"),
    _(
        "A draft by {draft} would cost more than it saves, at {price} of {last}'s price "
        "with {kept} of drafts kept"
    ),
    _("A draft by {draft} would cost more than it saves"),
    _("Asks for a proof"),
    _("Asks for a derivation"),
    _("Asks for code"),
    _("Asks for careful reasoning"),
    _("A greeting or thanks"),
    _("A long request"),
    _("Several questions at once"),
    _("Short factual question"),
    _("Asks for an explanation"),
    _("Short question"),
    _("An ordinary request"),
    _("Complexity given by the caller"),
    _("{model} alone was asked for"),
    _("{model} was asked for directly"),
    _("{model} is resting because its API key was not accepted"),
    _("{model} is resting after {count} failures"),
    _("{model} is resting because its API key was not accepted."),
    _("{model} is resting after {count} failures."),
    # Why an attempt failed.
    _("{model} stopped in the middle of its answer."),
    _("{model} stopped in the middle of a line."),
    _("{model} took too long to begin its answer."),
    _("{model} took too long to go on with its answer."),
    _("{model} took too long."),
    _("{model} does not come to an end."),
    _("{model} reached its limit of tokens within a tool call."),
    _("{model} refused to answer."),
    _("{model} gave no answer."),
    _("{model} called a tool in a way that cannot be run."),
    _("{model} made a tool call that cannot be read."),
    _("{model} sent something unreadable."),
    _("{model} sent more than {size} MiB."),
    _("{model} sent a line of more than {size} MiB."),
    _("{model} sent a body of more than {size} MiB."),
    _("{model} answered in a compressed form that was not asked for."),
    _("{model} could not be reached."),
    _("The connection to {model} broke off."),
    _("The address of {model} is not allowed here: {error}"),
    _("The address of {model} answers with a web page."),
    _("The address of {model} redirects elsewhere, and redirects are never followed."),
    _("The provider sent a single event of more than {size} MiB."),
    _("The quota or credit of the account that {model} runs on is used up."),
    _("The provider does not accept the API key for {model}. Check the model's settings."),
    _("The conversation is too long for {model}."),
    _("The provider's content filter stopped this request to {model}."),
    _("The provider does not know {model}, or its address is wrong. Check the model's settings."),
    _("{model} is receiving too many requests at the moment."),
    _("{model} is not available at the moment."),
    _("The provider did not accept the request to {model}. Check the model's settings."),
    _("There is no API key for {model}. Set {variable} or the model's own key."),
    _("The demo provider has no {model}, only {known}."),
    _("The turn ended without an answer."),
    # Why a set-up is refused.
    _("{place} must be asked by https, or be listed in LOCAL_MODEL_ADDRESSES."),
    _("{place} is on a private network. To allow it, list {again} in LOCAL_MODEL_ADDRESSES."),
    _("{host} did not answer within {seconds} s."),
    _("{host} sent a list of more than {size} MiB."),
    _("{host} sent no list of models."),
    _("The demo's models are demo-small and demo-large."),
    _("{field} is not an address, must be like https://host/v1"),
    _("{field} is {value}, must be like https://host/v1"),
    _(
        "{field} must not hold a user name, a password, a fragment, or any query but Azure's "
        "{version}"
    ),
    _("{field} is {value}, must be one line of text"),
    _("{field} is {value}, must be from 0 to 1"),
    _("{field} is {value}, must be a number of USD of at least 0"),
    _("{field} is {value}, must be a number of seconds above 0"),
    _("{field} holds characters that a key never has, must be printable ASCII"),
    _("{field} has the name {name}, must be letters and hyphens"),
    _("{field} must be printable ASCII"),
    _("{field} must be a list like {example}"),
    _("{field} name {name}, must name above or a price"),
    _("{field} is {value} in price_tiers, must be a number of tokens"),
    _("{field} lack {name}, must give input and output"),
    _("{field} give one number of tokens twice"),
    # What a player says.
    _("The answer could not be kept ({incident}), so it was not continued. Try again in a moment."),
    _("Something went wrong on our side ({incident}). The text so far is kept; try again."),
    _("The budget of this server is used up."),
    _("Your budget for today is used up."),
    _("The budget of this conversation is used up."),
    _("The price of {model} is not known, so no budget allows it."),
    _("A price of this answer is not known, so its budget allows no more."),
    _("An answer may cost {amount} here, and asking {model} could cost more."),
    _("The budget cannot be read, so no model is asked. Try again."),
    # What is promised of a draft.
    _("At most {percent} % worse: answers of this kind cannot be compared."),
    _("At most {percent} % worse: not proved by the {count} answers compared so far."),
    _("At most {percent} % worse: not yet enough evidence, {count} of {needed} answers."),
    _("At most {percent} % worse than always the last model, by {count} compared answers."),
    # What was found of a draft: its form,
    _("Has text"),
    _("There is no text."),
    _("There are only marks."),
    _("Only repeats the prompt."),
    _("Cut off at the length limit."),
    _("A code block is not closed."),
    _("Ends in the middle, with “{end}”."),
    _("Ends properly"),
    _("The model refused, or a content filter stopped it."),
    _("Begins like a refusal: “{words}”."),
    _("Does not refuse"),
    _("Says that it cannot know: “{words}”."),
    _("Does not say that it cannot know"),
    _("Too short to repeat itself"),
    _("Does not repeat itself"),
    _("{share} of the text was said before."),
    _("Comes to an end"),
    _("Says the same again and again."),
    _("Says what it says plainly"),
    _("Too many hedges: {more}"),
    _("{count} hedges in {sentences} sentences."),
    _("{count} hedges in one sentence."),
    _("Not compared with the question"),
    _("Shares no word with the question."),
    _("Takes up {count} of the question's {all} words"),
    # its figures,
    _("Marks its answer."),
    _("Marks no number as its answer."),
    _("The working comes to {number}."),
    _("The working never mentions {number}."),
    _("The answer is the last result."),
    _("The last result is {last}, the answer is {answer}."),
    _("How many are asked for: {number}."),
    _("The answer: {number}."),
    _("The answer, {number}, is not a number of the question."),
    _("The answer, {number}, is a number of the question."),
    _("The largest given number is {largest}, the answer {answer}."),
    _("{sums} sums for {count} given numbers."),
    _("Every number of the question is taken up."),
    _("No number that the question writes as a word is left out."),
    _("The question's “{word}” does not show in the working."),
    _("The question's {number} is not used."),
    _("What is more is added, what is less taken away."),
    _("{number} reads as if to be {what}, and is not."),
    _("The question has {size} characters, the working {working}."),
    _("{count} numbers are written."),
    _("{share} of the words are not the question's."),
    _("Goes straight on."),
    _("Turns back or assumes {count} times, first with “{words}”."),
    _("Put back into the equation, {number} gives {one} and {other}."),
    _("{count} sums are written out."),
    _("Every sum that can be done again comes out the same."),
    _("“{sum}” is wrong: it is {number}."),
    _("Every result is gone on with."),
    _("{number} is computed and then not used."),
    _("Every number that is calculated with has an origin."),
    _("{number} is calculated with and comes from nowhere."),
    _("Every number of the working is given or computed."),
    _("{number} is stated without a sum that leads to it."),
    _("The least sure token of the answer had {share}."),
    _("{count} of {all} tokens of the working had less than 50 %."),
    _("The model gave its answer {share}."),
    _("One in ten of the tokens that matter had {share} or less."),
    # its choice among options,
    _("Chooses several: {options}."),
    _("Chooses among numbers near the middle."),
    _("Chooses among numbers at the edge."),
    _("Chooses without computing."),
    _("Chooses {option}."),
    _("Names none of the options."),
    _("{share} of the options' words are in more than one."),
    _("A question of {size} characters."),
    _("{share} of the question is figures."),
    _("The option has {size} characters, the options have {least} to {most}."),
    _("Option {place} of {all}, and no working."),
    _("Says {count} times that no option quite fits."),
    _("Turns back {count} times in its working."),
    _("Hedges {count} times in its working."),
    _("Names {count} other options on the way."),
    _("The working ends with the words of the option chosen."),
    _("The working ends with the words of another option."),
    _("{share} of the option's words are worked with."),
    _("{share} of the chosen option's numbers occur in the working."),
    _("The working ends with the number of the option chosen."),
    _("The working ends with a number that is no option's."),
    _("The working ends with the number of another option."),
    _("{share} of the working is figures."),
    _("{count} equations in the working."),
    # its code and its facts,
    _("Defines what the question names."),
    _("{names} is not defined."),
    _("Takes what was asked."),
    _("{names} takes other parameters."),
    _("Returns something."),
    _("{names} returns nothing."),
    _("A block of code does not parse."),
    _("Every block of code parses."),
    _("Every function has a body."),
    _("{name} has no body."),
    _("Leaves something to be written: “{words}”."),
    _("The answer is a literal."),
    _("The answer is not written as a literal."),
    _("Follows the code in {count} words."),
    _("{count} of {all} examples of the question hold."),
    _("{count} of {all} example of the question hold."),
    _("{count} of {all} examples of the question fail: {more}"),
    _("{count} of {all} example of the question fail: {more}"),
    _("the code does not run, {fault}."),
    _("{call} gives {result}, as said."),
    _("{call} gives {result}, the draft says {said}."),
    _("{call} gives {result}, not {wanted}."),
    _("The question asks for {what}, and the draft has it."),
    _("The question asks for {what}, and the draft lacks it."),
    _("Names nothing beside the first."),
    _("Names one thing beside the first."),
    _("Names {count} things beside the first."),
    # and its calls.
    _("Every call names a tool and fits its schema."),
    _("Numbers no call takes up: {what}."),
    _("Names no call takes up: {what}."),
    _("Asked for, but not passed on: {what}."),
    _("Called twice with the same: {what}."),
    _("One call could take the whole list: {what}."),
    _("Nothing of the kind"),
    _("Every value passed on is in the conversation."),
    _("{what} is not in the conversation."),
    _("Required values nobody gave: {what}."),
    _("No required value was made up."),
    _("Values that only hold a place: {what}."),
    _("No value only holds a place."),
    _("Percentages are passed on in the form the tool wants."),
    _("{what} = {value}, and the tool seems to want {form}."),
    _("It computes with the numbers of the message."),
    _("The message has {count} of {all} words that say what {tool} is for."),
    _("No opposites"),
    _("The message says {one}, the tool {other}."),
    _("{count} of {all} words of the message are in no call and no tool called."),
    _("{tool} fits the message better."),
    _("{tool} fits the message no better."),
    _("Writes a call of {tool} as text and makes none."),
    _("Writes no call as text."),
    _("No tool fits the message."),
    _("{tool} fits the message and is not called."),
    _("{tool} fits the message and is not called. {more}"),
    _("No call did what it says: “{words}”."),
)

TOLD_TOO = frozenset({"reason", "more", "error"})
"""Blanks that hold such sentences themselves."""

_FIGURE = re.compile(r"(\$?)([\d,]*\.?\d+(?: ?%)?)")


def told(sentence: str) -> str:
    """`sentence`, which was kept in English, as the reader's language has it."""
    return known(sentence) or sentence


def known(sentence: str) -> str:
    """The same, or "" where the reader's language has no words for it."""
    language = get_language() or "en"
    if not sentence or language.startswith("en"):
        return sentence
    return _told(sentence, language)


@lru_cache(maxsize=4096)
def _told(sentence: str, language: str) -> str:
    if (whole := gettext(sentence)) != sentence:
        return whole
    for pattern, said in _patterns():
        if found := pattern.fullmatch(sentence):
            blanks = {name: _filled(name, value) for name, value in found.groupdict().items()}
            return gettext(said).format(**blanks)
    return ""


def _filled(name: str, value: str) -> str:
    if name in TOLD_TOO:
        return told(value)
    found = _FIGURE.fullmatch(value)
    if not found:
        return value
    return dollars(found[2]) if found[1] else localised(found[2])


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Of those with blanks; the more of a sentence is its own words, the earlier it is tried."""
    said = [sentence for sentence in SENTENCES if "{" in sentence]
    said.sort(key=lambda sentence: -len(re.sub(r"{\w+}", "", sentence)))
    return [(_pattern(sentence), sentence) for sentence in said]


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)}", sentence)
    written = "".join(
        f"(?P<{part}>.+?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)
    )
    return re.compile(written, re.DOTALL)
