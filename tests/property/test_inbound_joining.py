"""Whatever way parts of many messages come, each text is told once and whole; and reading one never fails."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lotsman.domain.inbound import Octets, Piece, text_of
from lotsman.gsm.segmentation import split
from lotsman.store import inbound, migrations
from lotsman.store.database import Tx
from lotsman.store.engine import connect_writer, open_engine
from stand.builders import NOW

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1b"), min_size=1, max_size=400
)


@given(texts)
def test_what_is_split_to_be_sent_is_joined_when_it_comes_in(text):
    coding, cut = split(text)
    assert text_of({n: Octets(part, int(coding)) for n, part in enumerate(cut, 1)}, len(cut)) == text


@given(
    st.dictionaries(st.integers(1, 5), st.tuples(st.binary(max_size=160), st.integers(0, 300))),
    st.integers(1, 5),
)
def test_no_octets_and_no_coding_can_break_the_reading(parts, total):
    found = {n: Octets(*part) for n, part in parts.items() if n <= total}
    assert "\0" not in text_of(found, total)


@given(st.lists(texts, min_size=1, max_size=4), st.randoms(use_true_random=False), st.integers(0, 6))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_of_many_messages_in_any_order_with_repetitions(tmp_path_factory, several, random, repeated):
    pieces = []
    for reference, text in enumerate(several):
        coding, cut = split(text)
        pieces += [
            Piece(1, "79087964781", "79021121075", part, int(coding), NOW, reference, len(cut), n)
            for n, part in enumerate(cut, 1)
        ]
    again = [piece for piece in random.choices(pieces, k=repeated) if piece.total > 1]
    random.shuffle(pieces := pieces + again)
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('joining')}/lotsman.db")
    migrations.upgrade(engine)
    with connect_writer(engine) as connection:
        for piece in pieces:
            with connection.begin():
                inbound.record_pieces.run(Tx(connection, sqlite=True), [piece])
        told = [message.text for message in inbound.list_inbound(connection, None, None, 100)]
    engine.dispose()
    assert sorted(told) == sorted(several)
