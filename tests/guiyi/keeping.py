"""What the tests of parts share."""

from guiyi.stack.program import Program


async def always(program: Program) -> Program:
    """The same program at every start."""
    return program
