"""Comments are handed out by line, each once."""

from __future__ import annotations

from adce_async.migration.comments import Comments

TEXT = """# head of the file

# of a
  # and more of it
a: 1 # one
b: '# no comment'
c: |
  # inside a text
  more
d: 2
"""


def test_a_head_is_set_apart_by_an_empty_line() -> None:
    assert Comments(TEXT).head() == ["# head of the file"]
    assert Comments("# of a\na: 1\n").head() == []


def test_each_is_handed_out_once() -> None:
    comments = Comments(TEXT)
    assert comments.head() == ["# head of the file"]
    assert comments.above(5) == [(0, "# of a"), (2, "# and more of it")]
    assert (comments.above(5), comments.head()) == ([], [])
    assert (comments.beside(5), comments.beside(5)) == ("# one", "")


def test_what_is_in_a_text_is_no_comment() -> None:
    comments = Comments(TEXT)
    assert [comments.beside(line) for line in range(6, 11)] == ["", "", "", "", ""]
    assert comments.above(9) == []
    assert comments.above(10) == []


def test_lines_end_in_any_of_three_ways() -> None:
    for end in ("\n", "\r\n", "\r"):
        comments = Comments(f"\ufeff# one{end}a: 1 # two{end}  b: 2{end}".replace("  b: 2", "b: 2"))
        assert (comments.above(2), comments.beside(2)) == ([(0, "# one")], "# two")


def test_columns() -> None:
    comments = Comments("a:\n    b: 1\n")
    assert (comments.column(1), comments.column(2)) == (0, 4)


def test_no_file_has_no_comments() -> None:
    assert (Comments().head(), Comments().above(1), Comments().beside(1)) == ([], [], "")
