"""仓库之月 (a month of the store): what people do between goods in and the report of the month.

`papers.py`     how a paper of the store is begun, found again and gone on with
`goods.py`      what base buys, and what came in of it
`refill.py`     Friday's refilling: asked by the draft, checked, sent, counted, found or lost
`transfer.py`   what another store lends
`spoilt.py`     what came home damaged, and what the store uses itself
`old_parts.py`  old parts: listed, sent, counted, judged, settled
`stocktake.py`  what lies there, counted and decided
`closing.py`    the month closed, and its report sent
`month.py`      all of it in its order, each on its day
"""
