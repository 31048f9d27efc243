"""回访 (followup): from the end of a case to the call-back and the filed dossier.

Papers: `survey/` 回访单 and `dossier/` 四档归一; `survey_links.py` finds the call-back of a link.
Writes: `shared/events/followup.py` and `custody.py`; its milestones are SurveyAnswered and
CallBackEnded, with which the call-back becomes the fourth paper.
Listens to: the documents of reports and work orders (a case that ended is called about, and its
papers are asked for), those of issue notes and its own call-backs (a paper came in), and those of
travel claims (the report is with finance). Keeps the cards of people and branches (who may still
act, and where a day begins).
Read models: `survey/call_backs_due.py` whom to call and by when, `survey/board.py` what customers
said, `views/dossiers.py` which papers are in, which are missing and why, `dossier/papers_lent.py`
which are out, with whom and until when, `waiting/tasks.py` what waits for the clerks
and whether it was done in time, `waiting/lent_clocks.py` whether papers came back in time.
"""
