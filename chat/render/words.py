"""What a reader is told for the names of the engine: checks, reasons, kinds of work, roles."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

WORDS: Final[Mapping[str, str | Promise]] = {
    "answer_doubt": _("the model was unsure of its answer"),
    "answer_given": _("answers with a number of the question"),
    "answer_in_working": _("the working does not come to the answer"),
    "answer_last": _("the answer is not the last result"),
    "answer_marked": _("no number marked as the answer"),
    "answer_positive": _("a negative answer"),
    "answer_scale": _("an answer out of scale"),
    "answer_whole": _("a fraction where whole ones are asked for"),
    "below_threshold": _("no fault, but below the bar"),
    "call_in_text": _("a call written as text"),
    "choice_computed": _("chooses numbers without computing"),
    "choice_corrections": _("turns back in its working"),
    "choice_doubts": _("hedges in its working"),
    "choice_equations": _("few equations in its working"),
    "choice_given": _("chooses none of the options, or several"),
    "choice_misfit": _("says that no option fits"),
    "choice_numbers": _("the option's numbers are not worked out"),
    "choice_others": _("names other options on the way"),
    "choice_question_figures": _("a question of numbers"),
    "choice_question_length": _("a long question"),
    "choice_reached": _("works out another number than it chooses"),
    "choice_taken_up": _("argues for another option"),
    "choice_words": _("does not speak of the option it chooses"),
    "corrections": _("takes itself back"),
    "defined": _("lacks a function that was asked for"),
    "draft_failed": _("no usable draft"),
    "empty": _("no text"),
    "examples": _("fails the question's examples"),
    "fact_alternatives": _("names several things"),
    "fact_asked": _("asks for a name, a time or a number"),
    "fact_form": _("not what the question asks for"),
    "finished": _("code left unfinished"),
    "formal_answer_in_working": _("the working does not come to the answer"),
    "formal_answer_whole": _("the answer is a fraction"),
    "formal_corrections": _("takes itself back"),
    "formal_figures": _("many numbers to keep in order"),
    "formal_length_ratio": _("long for the question"),
    "formal_numbers_unexplained": _("numbers from nowhere"),
    "formal_operands_unexplained": _("calculates with numbers from nowhere"),
    "formal_results_unused": _("results that lead nowhere"),
    "formal_sums_wrong": _("a sum is wrong"),
    "given_unused": _("numbers of the question not used"),
    "gave_up": _("declines after a tool's result"),
    "grounded": _("values not in the conversation"),
    "hedging": _("hedging"),
    "instructions": _("not as asked"),
    "invented": _("made-up values"),
    "key_doubt": _("the model was unsure on the way"),
    "left_out": _("leaves out what was asked"),
    "literal": _("not written as a literal"),
    "loop": _("goes round in circles"),
    "names_unused": _("names not taken up"),
    "new_words": _("words that are not the question's"),
    "numbers_unexplained": _("numbers from nowhere"),
    "no_access": _("says that it cannot know"),
    "numbers_unused": _("numbers not taken up"),
    "off_topic": _("off topic"),
    "operands_unexplained": _("calculates with numbers from nowhere"),
    "opposite": _("a tool for the opposite"),
    "option_extreme": _("chooses the edge of the numbers offered"),
    "option_length": _("chooses by length"),
    "option_place": _("chooses by place"),
    "options_alike": _("options that are easily mistaken"),
    "other_language": _("in another language"),
    "other_tool": _("another tool fits better"),
    "parameters": _("takes other parameters"),
    "parses": _("code that does not parse"),
    "percent": _("a percentage in the wrong form"),
    "placeholder": _("a placeholder as a value"),
    "prediction": _("not what the code gives"),
    "purpose": _("a tool for something else"),
    "quality_insufficient": _("below the bar"),
    "question_length": _("a long question"),
    "question_sum": _("not what the sum comes to"),
    "refusal": _("declines to answer"),
    "refused": _("declines to answer"),
    "repeated": _("the same call twice"),
    "repetition": _("repeats itself"),
    "results_unused": _("results that lead nowhere"),
    "returns": _("returns nothing"),
    "sign_contrary": _("adds what is to be taken away, or the reverse"),
    "silence": _("a tool fits and is not called"),
    "solution_holds": _("the solution does not solve it"),
    "split_list": _("one call for each item of a list"),
    "steps_spare": _("sums for the numbers given"),
    "sums": _("sums written out"),
    "sums_wrong": _("a sum is wrong"),
    "sure_answer": _("unsure of its answer"),
    "sure_mean": _("unsure of its working"),
    "tool_calls": _("a call that cannot run"),
    "truncated": _("cut off"),
    "unexplained": _("words not taken up"),
    "unsure_tokens": _("unsure of its working"),
    "words_unused": _("a number written as a word is not used"),
    "working": _("a long way to follow"),
}
"""Of a check that a draft failed, or the reason of a switch; others stay as they are."""

KINDS: Final[Mapping[str, str | Promise]] = {
    "tools": _("work with tools"),
    "choice": _("a choice among options"),
    "code": _("code"),
    "number": _("a calculation"),
    "instructions": _("an answer to explicit instructions"),
    "fact": _("a short fact"),
    "prose": _("prose"),
}
"""What a draft was judged as."""

ROLES: Final[Mapping[str, str | Promise]] = {
    "draft": _("Draft"),
    "verifier": _("Verifier"),
    "direct": _("Direct"),
    "shadow": _("Shadow check"),
    "title": _("Title"),
}

LEVELS: Final[Mapping[str, str | Promise]] = {
    "trivial": _("trivial"),
    "simple": _("simple"),
    "moderate": _("moderate"),
    "hard": _("hard"),
    "expert": _("expert"),
}
"""How hard a question is taken to be."""

STATES: Final[Mapping[str, str | Promise]] = {
    "queued": _("queued"),
    "running": _("running"),
    "completed": _("completed"),
    "answered": _("answered"),
    "failed": _("failed"),
    "stopped": _("stopped"),
    "interrupted": _("interrupted"),
}
"""Of a turn or an attempt, where a whole sentence is too long."""

QUESTIONS: Final[Mapping[str, str | Promise]] = {
    "trivial": _("trivial question"),
    "simple": _("simple question"),
    "moderate": _("moderate question"),
    "hard": _("hard question"),
    "expert": _("expert question"),
}
"""How hard a question looked."""

PRICE_WORDS: Final[Mapping[str, str | Promise]] = {
    "input": pgettext_lazy("price", "input"),
    "cached_input": pgettext_lazy("price", "cached input"),
    "cache_write": pgettext_lazy("price", "cache write"),
    "output": pgettext_lazy("price", "output"),
    "reasoning": pgettext_lazy("price", "reasoning"),
    "tiers": pgettext_lazy("price", "long requests"),
}
"""What of a model has a price."""

EXACTNESS_WORDS: Final[Mapping[str, str | Promise]] = {
    "exact": _("exact"),
    "estimated": _("estimated"),
    "partial": _("partial"),
    "unknown": _("unknown"),
    "free": _("free"),
}
"""How sure a sum of money is."""

LANGUAGES: Final = (
    _("Amharic"),
    _("Bengali"),
    _("Chinese"),
    _("Lao"),
    _("Nepali"),
    _("Norwegian"),
    _("Swahili"),
)
"""Of those that a draft may be in, the ones that Django's own catalogues do not name."""

SAVE: Final = (
    _("Save"),
    _("Save as new"),
    _("Save and add another"),
    _("Save and continue editing"),
    _("Save and view"),
)
"""On the desk's buttons, which Django marks for itself and says in another word than we do."""
