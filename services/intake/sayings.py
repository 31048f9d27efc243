"""回访所言 (what a call-back says): whether it leads to a report, to a complaint, or to both.

A fault that is back, or a new machine that does not run, is reported whatever else follows. What a
person did or charged, by an answer, is a complaint, whatever else follows. Whatever else leaves a
customer discontented leads to what the caller chose, and to a complaint where nobody chose
anything: nothing is lost.
"""

from collections.abc import Mapping

from shared.events.complaints import ComplaintSubject
from shared.events.followup import Action, Answered, QuestionAbout, Satisfied, SurveyDocument
from shared.events.values import PersonalNote

PERSONAL = (ComplaintSubject.ASKING_FOR_MONEY, ComplaintSubject.MANNER, ComplaintSubject.LATE)
"""What one person did."""
RUNS = (QuestionAbout.FAULT_GONE, QuestionAbout.RUNS_WELL)
"""Whether the machine does what it should."""
SCORED = (QuestionAbout.MANNER, QuestionAbout.OVERALL)
"""What is asked so that a poor score says that not all is well."""
POOR = 2
"""Of five: a manner, or a score of the whole, that is complained of."""


def wants_report(survey: SurveyDocument) -> bool:
    """再次报修: the caller says so, the fault is not gone, or the new machine does not run."""
    stands_still = any(_yes(survey, each) is False for each in RUNS)
    return survey.action is Action.NEW_REPORT or stands_still


def wants_complaint(survey: SurveyDocument) -> bool:
    """投诉: the caller or an answer says so, or who is discontented has nothing else.

    A report mends the machine. Nobody who deals with it looks into what somebody did or charged.
    """
    unhappy = survey.wants_call or survey.satisfied in (Satisfied.NO, Satisfied.PARTLY)
    unhappy = unhappy or any(_is_poor(survey, each) for each in SCORED)
    nothing = survey.action is Action.NONE and not wants_report(survey)
    return survey.action is Action.COMPLAINT or _of_people(survey) or (unhappy and nothing)


def subject_of(survey: SurveyDocument) -> ComplaintSubject:
    """投诉事由: the gravest that the answers name; what a report mends comes last."""
    told: Mapping[ComplaintSubject, bool] = {
        ComplaintSubject.ASKING_FOR_MONEY: _yes(survey, QuestionAbout.ASKED_PRIVATELY) is True,
        ComplaintSubject.MANNER: _is_poor(survey, QuestionAbout.MANNER),
        ComplaintSubject.LATE: _yes(survey, QuestionAbout.ARRIVED_AS_AGREED) is False,
        ComplaintSubject.FEE: _yes(survey, QuestionAbout.AS_SIGNED) is False,
        ComplaintSubject.REPEAT_REPAIR: _yes(survey, QuestionAbout.FAULT_GONE) is False,
        ComplaintSubject.QUALITY: _yes(survey, QuestionAbout.RUNS_WELL) is False,
    }
    return next((each for each, is_it in told.items() if is_it), ComplaintSubject.OTHER)


def complained_of(survey: SurveyDocument) -> str | None:
    """被投诉人: who did the job, if one did it alone and it is about what a person did."""
    alone = survey.technicians[0] if len(survey.technicians) == 1 else None
    return alone if subject_of(survey) in PERSONAL else None


def own_words(survey: SurveyDocument) -> PersonalNote | None:
    """用户原话: what they think of it all, else what they answered in words of their own."""
    answered = (each.words for each in survey.answers if each.words is not None)
    return survey.opinion if survey.opinion is not None else next(answered, None)


def words_of(survey: SurveyDocument) -> PersonalNote:
    """投诉内容: the customer's own words; where they said none, what they answered."""
    said = own_words(survey)
    if said is not None:
        return said
    answers = [
        f"{each.question} {'yes' if each.yes else 'no'}"
        if each.score is None
        else f"{each.question} {each.score}"
        for each in survey.answers
    ]
    satisfied = f"satisfied {survey.satisfied}"
    return "回访答案 answers: " + ", ".join([*answers, satisfied])


def _of_people(survey: SurveyDocument) -> bool:
    """Whether an answer says that somebody asked for money, behaved, came or charged wrongly."""
    unwelcome = (
        _yes(survey, QuestionAbout.ASKED_PRIVATELY) is True,
        _yes(survey, QuestionAbout.ARRIVED_AS_AGREED) is False,
        _yes(survey, QuestionAbout.AS_SIGNED) is False,
        _is_poor(survey, QuestionAbout.MANNER),
    )
    return any(unwelcome)


def _is_poor(survey: SurveyDocument, about: QuestionAbout) -> bool:
    said = _answer(survey, about)
    return said is not None and said.score is not None and said.score <= POOR


def _yes(survey: SurveyDocument, about: QuestionAbout) -> bool | None:
    said = _answer(survey, about)
    return said.yes if said else None


def _answer(survey: SurveyDocument, about: QuestionAbout) -> Answered | None:
    """The answer to a question about this, by whichever code it was asked."""
    codes = {each.question for each in survey.meant if each.about is about}
    return next((each for each in survey.answers if each.question in codes), None)
