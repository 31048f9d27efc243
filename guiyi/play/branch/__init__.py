"""网点之月 (a month of a branch): many tickets at once, and the month of its store beside them.

`crowd.py`      customers and machines, many like each of the cast
`people.py`     who works there beside those of the told repairs
`strays.py`     repairs that only a month tells, and `acts.py` what is sent in them
`pairs.py`      what is told of two tickets, one of which names the other
`findings.py`   what is found on site otherwise than it was told, approved or delivered
`chances.py`    illness and lost parcels, on any day
`fridays.py`    what the store does beside the week that is told
`in_hand.py`    what a technician had before the books began
`lost_parts.py` old parts that are lost on their way to base
`plan.py`       which repair begins when, and whose it is: the same for the same seed
`months.py`     in which month it begins, so that a public holiday is in it
`month.py`      all of it in the order of its moments
"""
