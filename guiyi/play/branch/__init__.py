"""网点之月 (a month of a branch): many tickets at once, and the month of its store beside them.

`crowd.py`      customers and machines, many like each of the cast
`people.py`     who works there beside those of the told repairs
`strays.py`     repairs that only a month tells, and `acts.py` what is sent in them
`fridays.py`    what the store does beside the week that is told
`plan.py`       which repair begins when, and whose it is: the same for the same seed
`month.py`      all of it in the order of its moments
"""
