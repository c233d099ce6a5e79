"""Whether anything answers is also told of questions in languages that are not stemmed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.contract.search import Mode, SearchRequest
from api.ranking.verdict import Answers
from api.search.searcher import Searcher
from indexer.index.folder import IndexFolder
from tests.api.served_index import publish, search_index, write

CHINESE = (
    "图书馆在星期一关闭，因为工人们要更换屋顶的瓦片。",
    "渡轮每天中午从港口出发，两个小时后到达岛上。",
    "面包师在早上四点起床，准备当天的第一炉面包。",
    "这座石桥建于十八世纪，是全镇最古老的建筑。",
    "花园里的苹果树今年结了四百公斤果实。",
    "学校的合唱团下个月将在市政厅演出。",
    "灯塔看守人每天晚上记录风速和海浪的高度。",
    "邮局把信件送到山谷里的十二个村庄。",
)
RUSSIAN = (
    "Библиотека закрыта по понедельникам, потому что рабочие меняют черепицу на крыше.",
    "Паром каждый день отходит из гавани в полдень и через два часа приходит на остров.",
    "Пекарь встаёт в четыре часа утра и готовит первую партию хлеба.",
    "Каменный мост был построен в восемнадцатом веке и является старейшей постройкой города.",
    "Яблони в саду дали в этом году четыреста килограммов плодов.",
    "Школьный хор выступит в ратуше в следующем месяце.",
    "Смотритель маяка каждый вечер записывает скорость ветра и высоту волн.",
    "Почта доставляет письма в двенадцать деревень долины.",
)
QUESTIONS = {
    "图书馆为什么在星期一关闭？": 0,
    "渡轮什么时候从港口出发？": 1,
    "面包师早上几点起床？": 2,
    "哪座建筑是全镇最古老的？": 3,
    "灯塔看守人每天晚上记录什么？": 6,
    "Почему библиотека закрыта по понедельникам?": 0,
    "Когда паром отходит из гавани?": 1,
    "Во сколько встаёт пекарь?": 2,
    "Когда был построен каменный мост?": 3,
    "Что смотритель маяка записывает каждый вечер?": 6,
}
UNANSWERED = (
    "谁在世界杯决赛中打进了制胜一球？",
    "光合作用需要哪些化学物质？",
    "Какие вещества нужны для фотосинтеза?",
    "Кто забил решающий гол чемпионата?",
)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    place: Path = tmp_path_factory.mktemp("verdicts")
    for name, texts in (("zh", CHINESE), ("ru", RUSSIAN)):
        for number, text in enumerate(texts):
            write(place / "folder", f"{name}{number}.txt", text)
    index = IndexFolder(place / "index")
    publish(place / "folder", index, None)
    with search_index(index, None) as searcher:
        yield searcher


@pytest.mark.parametrize("q", QUESTIONS)
def test_a_question_that_a_passage_answers_is_not_answered_with_no(
    searcher: Searcher, q: str
) -> None:
    response = searcher.search(SearchRequest(q=q, mode=Mode.LEXICAL))
    language = "ru" if "а" in q else "zh"
    assert response.hits[0].document.path == f"{language}{QUESTIONS[q]}.txt"
    assert response.answers is not Answers.NO


@pytest.mark.parametrize("q", UNANSWERED)
def test_a_question_about_something_else_is(searcher: Searcher, q: str) -> None:
    assert searcher.search(SearchRequest(q=q, mode=Mode.LEXICAL)).answers is Answers.NO
