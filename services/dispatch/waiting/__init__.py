"""派工的等待 (what waits on orders): views that go on from the rows of other views."""
