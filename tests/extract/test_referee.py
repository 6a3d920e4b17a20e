"""The referee: its features, its trees, its vote, and the model that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from archive.extract import dom, referee, split
from archive.extract.referee import features, model, vote
from archive.extract.referee.places import Places
from archive.types import Block, BlockKind
from tests.extract.support import LEAD, PARAGRAPHS, TITLE, article, html

P, H, L = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.LIST
STORY = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
SIDE = "".join(f'<li><a href="/a-{n}">Noch eine Meldung aus dem Tal</a></li>' for n in range(6))


def pieces_of(body: bytes) -> tuple[list[split.Piece], dom.Element]:
    tree = dom.parse(body.decode())
    assert tree is not None
    return split.pieces(tree.find("body")), tree.find("body")


def column(table: features.Table, name: str) -> list[int]:
    return [int(v) for v in table[:, features.NAMES.index(name)]]


def said(pieces: list[split.Piece], **opinions: int) -> features.Table:
    """500 for each piece but those that begin with a word that is named."""
    found = [next((v for k, v in opinions.items() if p.text.startswith(k)), 500) for p in pieces]
    return np.array(found, dtype=np.int64)


def test_the_card_is_that_of_the_model() -> None:
    card = referee.MODEL.with_name("model.md").read_text(encoding="utf-8")
    assert f"sha256 of `model.json`: {referee.digest()}\n" in card
    assert f"{referee.MODEL.stat().st_size} bytes" in card
    assert referee.MODEL.stat().st_size <= 50_000


def test_a_model_for_other_features_is_refused() -> None:
    text = referee.MODEL.read_text(encoding="utf-8").replace('"features":["p",', '"features":["q",')
    with pytest.raises(ValueError, match="scripts/train_referee"):
        model.Model.of_json(text)


def test_trees_are_walked_to_their_leaves() -> None:
    trees: list[Any] = [[0, 10, [1, 5, -400, 200], 900], -100, [1, 7, 0, 300]]

    def leaf(tree: Any, row: list[int]) -> int:
        while not isinstance(tree, int):
            feature, threshold, low, high = tree
            tree = low if row[feature] <= threshold else high
        return tree

    rows = [[10, 5], [10, 6], [11, 0], [0, 8], [-3, 5]]
    expected = [round(1000 / (1 + np.exp(-sum(leaf(t, r) for t in trees) / 1000))) for r in rows]
    assert model.Trees(trees).probabilities(np.array(rows)).tolist() == expected


def test_features_are_whole_and_named() -> None:
    pieces, body = pieces_of(html(f"<h1>{TITLE}</h1><div>{STORY}</div><ul>{SIDE}</ul>"))
    table = features.table(pieces, body, features.Hints(TITLE, (PARAGRAPHS[0],)))
    assert table.shape == (len(pieces), len(features.NAMES))
    assert table.dtype == np.int64
    assert column(table, "p") == [0] + [1000] * len(PARAGRAPHS) + [0] * 6
    assert column(table, "linked")[-6:] == [1000] * 6
    assert column(table, "copies")[-6:] == [6000] * 6
    assert column(table, "in_story")[1:-6] == [1000] * len(PARAGRAPHS)
    assert column(table, "of_title")[0] == 1000
    assert column(table, "of_description")[1] == 1000
    assert column(table, "words_before")[0] == 0
    assert column(table, "linked_after")[-1] == -1000


def test_a_page_without_text_has_no_features() -> None:
    pieces, body = pieces_of(b"<html><body><script>x</script></body></html>")
    table = features.table(pieces, body, features.Hints(None, ()))
    assert model.shipped().probabilities(table).tolist() == []


def test_the_story_is_found_below_its_wrappers() -> None:
    pieces, body = pieces_of(
        html(f'<div><div><div class="x">{STORY}</div></div><div><p>Kurz.</p></div></div>')
    )
    places = Places(pieces, body)
    assert places.classes[places.story] == "x"
    assert [places.distance(c) for c in places.containers] == [0] * len(PARAGRAPHS) + [3]


def test_the_model_tells_the_story_from_its_surroundings() -> None:
    pieces, body = pieces_of(article())
    opinions = model.shipped().probabilities(features.table(pieces, body, features.Hints(TITLE, (LEAD,))))
    by_text = {p.text: int(o) for p, o in zip(pieces, opinions, strict=True)}
    assert all(by_text[p] >= vote.INSERT_FROM for p in PARAGRAPHS)


def test_a_line_goes_and_a_piece_comes_where_the_referee_is_sure() -> None:
    pieces, _ = pieces_of(html(f"{STORY}<h2>Zwischentitel</h2><p>Werbung für alle.</p>"))
    blocks = (*(Block(P, p) for p in PARAGRAPHS[1:]), Block(P, "Werbung für alle."))
    first = PARAGRAPHS[0].split()[0]
    opinions = said(pieces, **{first: 900, "Zwischentitel": 700, "Werbung": 199})
    found = vote.vote(blocks, pieces, opinions)
    assert [b.text for b in found] == [*PARAGRAPHS, "Zwischentitel"]
    assert found[-1].kind is H


def test_in_doubt_trafilatura_is_right() -> None:
    pieces, _ = pieces_of(html(f"{STORY}<p>Noch ein Satz am Rande.</p>"))
    blocks = tuple(Block(P, p) for p in PARAGRAPHS)
    assert vote.vote(blocks, pieces, said(pieces, Noch=699)) == blocks
    assert vote.vote(blocks, pieces, said(pieces, **{PARAGRAPHS[1].split()[0]: 200})) == blocks


def test_an_edit_that_keeps_too_little_is_not_made() -> None:
    pieces, _ = pieces_of(html(STORY))
    blocks = tuple(Block(P, p) for p in PARAGRAPHS)
    assert vote.vote(blocks, pieces, np.zeros(len(pieces), dtype=np.int64)) == blocks


def test_without_trafilatura_the_referee_decides() -> None:
    items = "<ul><li>Erstens das Wasser</li><li>Zweitens der Wind</li></ul>"
    rows = "<table><tr><td>Nord</td><td>12</td></tr><tr><td>Ost</td><td>13</td></tr></table>"
    pieces, _ = pieces_of(html(f"<h2>Überschrift</h2>{STORY}{items}{rows}"))
    found = vote.vote((), pieces, said(pieces, Überschrift=400))
    assert [b.text for b in found[:-2]] == list(PARAGRAPHS)
    assert found[-2] == Block(L, "Erstens das Wasser\nZweitens der Wind")
    assert found[-1] == Block(BlockKind.TABLE, "Nord | 12\nOst | 13")


def test_where_trafilatura_took_another_part_of_the_page_the_referee_decides() -> None:
    side = "<p>Jetzt anmelden und sparen, heute noch.</p><p>Die Preise sind einfach und klar.</p>"
    pieces, _ = pieces_of(html(f"{STORY}{side}"))
    blocks = (
        Block(P, "Jetzt anmelden und sparen, heute noch."),
        Block(P, "Die Preise sind einfach und klar."),
    )
    opinions = np.array([950] * len(PARAGRAPHS) + [300, 300], dtype=np.int64)
    assert [b.text for b in vote.vote(blocks, pieces, opinions)] == list(PARAGRAPHS)
    assert vote.vote(blocks, pieces, np.minimum(opinions, 499)) == blocks
    shared = (Block(P, PARAGRAPHS[0]), *blocks)
    assert set(blocks) < set(vote.vote(shared, pieces, opinions))


def test_the_cells_of_a_table_stay_or_go_together() -> None:
    rows = "".join(
        f"<tr><td>Woche {n}</td><td>{n} Kilometer am Fluss bis zur Brücke</td></tr>" for n in range(3)
    )
    pieces, _ = pieces_of(html(f"{STORY}<table>{rows}</table>"))
    table = Block(
        BlockKind.TABLE, "\n".join(f"Woche {n} | {n} Kilometer am Fluss bis zur Brücke" for n in range(3))
    )
    blocks = (*(Block(P, p) for p in PARAGRAPHS), table)
    torn = said(pieces, Woche=100, **{"0": 190, "1": 600, "2": 190})
    assert vote.vote(blocks, pieces, torn) == blocks
    unwanted = said(pieces, Woche=100, **{"0": 190, "1": 190, "2": 190})
    assert vote.vote(blocks, pieces, unwanted) == blocks[:-1]


def test_a_missing_item_comes_into_its_list() -> None:
    items = ["Erstens das Wasser", "Zweitens der Wind", "Drittens das Feuer"]
    pieces, _ = pieces_of(html(f"{STORY}<ul>{''.join(f'<li>{i}</li>' for i in items)}</ul>"))
    blocks = (*(Block(P, p) for p in PARAGRAPHS), Block(L, f"{items[0]}\n{items[2]}"))
    assert vote.vote(blocks, pieces, said(pieces, Zweitens=800))[-1] == Block(L, "\n".join(items))


def test_the_library_loads_numpy_for_no_key() -> None:
    assert referee.key() == f"referee-{referee.REVISION}-{referee.digest()[:12]}"
    assert "numpy" not in Path(referee.__file__).read_text(encoding="utf-8").split('"""', 2)[2]


def test_a_run_of_like_items_stays_or_goes_together() -> None:
    items = ("Storch kehrt zurück", "Ein Paar brütet auf dem Kamin.", "Bad bleibt zu", "Das Dach hat Risse.")
    pieces, _ = pieces_of(html(STORY + "".join(f"<p>{i}</p>" for i in items)))
    blocks = tuple(Block(P, p) for p in (*PARAGRAPHS, *items))
    run = range(len(PARAGRAPHS), len(blocks))
    torn = said(pieces, Storch=100, Ein=300, Bad=100, Das=300)
    assert len(vote.vote(blocks, pieces, torn)) == len(blocks) - 2
    assert vote.vote(blocks, pieces, torn, [run]) == blocks
    unwanted = said(pieces, Storch=100, Ein=250, Bad=100, Das=100)
    assert vote.vote(blocks, pieces, unwanted, [run]) == blocks[: len(PARAGRAPHS)]


def test_the_referee_is_sure_of_most_of_the_running_text_or_not_at_all() -> None:
    pieces, _ = pieces_of(html(STORY))
    count = len(pieces)
    assert vote.is_sure(pieces, np.full(count, 980, dtype=np.int64))
    assert not vote.is_sure(pieces, np.full(count, 900, dtype=np.int64))
    assert not vote.is_sure(pieces, np.full(count, 10, dtype=np.int64))
    assert not vote.is_sure(pieces[:1], np.full(1, 990, dtype=np.int64))
