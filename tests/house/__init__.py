"""Tests of the project itself: who may import whom, the book of facts, the pages of docs."""
