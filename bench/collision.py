"""The collision check on 100,000 customers and as many leads: names as they are typed.

    python3 -m bench.collision                    makes the database and measures
    python3 -m bench.collision --partners 10000 --leads 10000

``names`` draws names of firms from a seed: Chinese ones of a place, a brand, trades and a
legal form, with the few characters that most brands are made of met as often as they are;
others of words that firms are called by. ``fill`` writes them in SQL and lets the nightly
job take down what they are known by, ``typed`` asks as the form does, letter by letter.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

SEED = 11
PARTNERS = LEADS = 100_000
PEOPLE = 0.3  # of the partners are contact persons
CHINESE = 0.65
KNOWN = 0.3  # of the leads are of a firm that is a customer, written otherwise
QUERIES = 500
SELLER = "bench_seller"
DATA = Path(__file__).resolve().parent.parent / "crm_sales_funnel/tools/matching/data"
NAMES = Path(__file__).resolve().parent.parent / "tests/matching_data"
FORMS_ZH = ("有限公司",) * 8 + ("股份有限公司", "有限责任公司", "厂", "商行", "经营部")
FORMS = ("Ltd", "Co., Ltd.", "GmbH", "Inc.", "S.A.", "B.V.", "LLC", "SARL", "Limited")
TRADES = (
    "Trading",
    "Industries",
    "Electronics",
    "Tools",
    "Foods",
    "Logistics",
    "Group",
)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
SYLLABLES = [
    "ar",
    "bel",
    "bor",
    "cas",
    "dal",
    "der",
    "el",
    "fal",
    "gran",
    "hol",
    "in",
    "kar",
    "kel",
    "lan",
    "lor",
    "mar",
    "mon",
    "nor",
    "or",
    "pel",
    "ral",
    "sal",
    "ser",
    "stan",
    "tal",
    "tor",
    "ul",
    "ven",
    "vol",
    "wal",
    "zan",
]


class Words:
    """What names are made of."""

    def __init__(self):
        self.places = self._first_words("towns_zh.txt") + [
            "深圳市", "上海", "广州市", "东莞市", "北京", "苏州", "宁波市", "杭州",
            "佛山市", "青岛", "厦门", "义乌市", "天津", "成都", "武汉", "无锡市",
        ]  # fmt: skip
        self.trades = [
            line.split()[1]
            for line in self._lines("trade_zh.txt")
            if len(line.split()) > 1
        ]
        # Three of four characters of a brand are common ones.
        common = "".join(self._lines("common_zh.txt"))
        written = set((NAMES / "chinese_names.txt").read_text(encoding="utf-8"))
        rare = sorted(char for char in written - set(common) if char > "一")
        self.characters = common + "".join(rare)
        weights = [1 / (5 + at) for at in range(len(common))]
        self.weights = weights + [sum(weights) / 3 / len(rare)] * len(rare)
        self.often = [1 / (3 + at) for at in range(len(self.trades))]
        self.words = sorted(
            {
                word
                for line in (NAMES / "latin_names.txt").read_text("utf-8").splitlines()
                for word in line.split()[:1]
                if word.isalpha() and len(word) > 3
            }
        )

    def _lines(self, name):
        lines = (DATA / name).read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line and line[0] not in "#="]

    def _first_words(self, name):
        return [word for line in self._lines(name) for word in line.split()]


def names(count: int, dice: random.Random, words: Words) -> Iterator[str]:
    """Yield names of firms."""
    for _ in range(count):
        yield _chinese(dice, words) if dice.random() < CHINESE else _latin(dice, words)


def _chinese(dice, words) -> str:
    size = dice.choices((2, 3, 4), (75, 18, 7))[0]
    brand = "".join(dice.choices(words.characters, words.weights, k=size))
    trade = "".join(dict.fromkeys(dice.choices(words.trades, words.often, k=2)))
    place, form = dice.choice(words.places), dice.choice(FORMS_ZH)
    shape = dice.random()
    if shape < 0.06:
        return f"{brand}（{place.removesuffix('市')}）{trade}{form}"
    if shape < 0.14:
        return f"{brand}{trade}{form}"
    return f"{place}{brand}{trade}{form}"


def _latin(dice, words) -> str:
    made = "".join(dice.sample(SYLLABLES, dice.choice((2, 3)))).capitalize()
    brand = dice.choice((made, f"{dice.choice(words.words)} {made}", made))
    if dice.random() < 0.35:
        brand = " ".join(dice.sample(words.words, 2))
    return f"{brand} {dice.choice(TRADES)} {dice.choice(FORMS)}"


def otherwise(name: str, dice) -> str:
    """Return how somebody else writes a name.

    >>> otherwise("深圳市新航科技有限公司", random.Random(1))
    '深圳市新航科技'
    """
    for form in (*FORMS_ZH, *FORMS):
        if name.endswith(form):
            return name.removesuffix(form).strip()
    return name


def phone(dice) -> str:
    return f"1{dice.choice('3578')}{dice.randrange(10**9):09d}"


def mail(number: int, dice) -> str:
    if dice.random() < 0.3:
        return f"{dice.randrange(10**9)}@qq.com"
    return f"sales@firm{number}.example"


# ----------------------------------------------------------------------
# In a process of its own, with Odoo
# ----------------------------------------------------------------------


def fill(database: str, partners: int, leads: int, seed: int) -> dict[str, float]:
    """Write customers and leads, and let the job take down their signs."""
    from . import session  # it imports Odoo

    dice, words = random.Random(seed), Words()
    with session.environment(database) as env:
        _make_users(env)
        firms = list(names(int(partners * (1 - PEOPLE)), dice, words))
        _write_firms(env, firms, dice)
        _write_people(env, int(partners * PEOPLE), dice)
        _write_leads(env, leads, firms, dice, words)
        env.cr.execute("ANALYZE res_partner")
        env.cr.execute("ANALYZE crm_lead")
    with session.environment(database) as env:
        started = time.perf_counter()
        env["funnel.collision.sign"]._cron_repair()
        filled = time.perf_counter() - started
        started = time.perf_counter()
        env["funnel.collision.sign"]._cron_repair()
        compared = time.perf_counter() - started
    return {"filled": filled, "compared": compared}


def _make_users(env):
    group = env.ref("crm_sales_funnel.group_funnel_salesperson")
    env["res.users"].create(
        [
            {
                "name": f"Seller {number}",
                "login": SELLER if not number else f"{SELLER}_{number}",
                "group_ids": [(6, 0, group.ids)],
            }
            for number in range(40)
        ]
    )


def _rows(env, table, rows):
    env.cr.execute(
        f"INSERT INTO {table} SELECT * FROM JSONB_POPULATE_RECORDSET("
        f"NULL::{table}, %s::jsonb)",
        [json.dumps(rows)],
    )


def _insert(env, model, columns, rows):
    """Insert rows of values; the other columns are as those of a record that the ORM
    makes."""
    record = env[model].create(
        {"name": "Pattern"} | ({"type": "lead"} if model == "crm.lead" else {})
    )
    env.flush_all()
    table = env[model]._table
    env.cr.execute(
        f"SELECT TO_JSONB(row) FROM {table} AS row WHERE id = %s", [record.id]
    )
    pattern = env.cr.fetchone()[0]
    for start in range(0, len(rows), 5000):
        some = rows[start : start + 5000]
        env.cr.execute(
            f"SELECT NEXTVAL('{table}_id_seq') FROM GENERATE_SERIES(1, {len(some)})"
        )
        ids = [key for (key,) in env.cr.fetchall()]
        made = []
        for key, row in zip(ids, some, strict=True):
            values = {**pattern, "id": key, **dict(zip(columns, row, strict=True))}
            if values.get("commercial_partner_id") == record.id:
                values["commercial_partner_id"] = key
            made.append(values)
        _rows(env, table, made)
    record.unlink()


def _sellers(env):
    return env["res.users"].search([("login", "=like", f"{SELLER}%")]).ids


def _write_firms(env, firms, dice):
    sellers, china = _sellers(env), env.ref("base.cn").id
    columns = "name complete_name is_company phone email vat user_id country_id"
    rows = [
        (
            name,
            name,
            True,
            phone(dice),
            mail(number, dice),
            f"91{dice.randrange(10**16):016d}" if dice.random() < 0.4 else None,
            dice.choice(sellers),
            china,
        )
        for number, name in enumerate(firms)
    ]
    _insert(env, "res.partner", columns.split(), rows)


def _write_people(env, count, dice):
    env.cr.execute(
        "SELECT id, email FROM res_partner WHERE is_company AND vat IS NOT NULL"
    )
    firms = env.cr.fetchall()
    characters = Words().characters
    columns = "name complete_name type parent_id commercial_partner_id phone email"
    rows = []
    for _ in range(count):
        firm, address = dice.choice(firms)
        name = dice.choice(SURNAMES) + "".join(dice.choices(characters, k=2))
        rows.append((name, name, "contact", firm, firm, phone(dice), address))
    _insert(env, "res.partner", columns.split(), rows)


def _write_leads(env, count, firms, dice, words):
    sellers = _sellers(env)
    columns = "name partner_name contact_name phone email_from user_id"
    rows = []
    for number, drawn in enumerate(names(count, dice, words)):
        name = otherwise(dice.choice(firms), dice) if dice.random() < KNOWN else drawn
        contact = dice.choice(SURNAMES) + dice.choice(words.characters)
        address = mail(PARTNERS * 2 + number, dice)
        rows.append(
            (
                f"Inquiry {number}",
                name,
                contact,
                phone(dice),
                address,
                dice.choice(sellers),
            )
        )
    _insert(env, "crm.lead", columns.split(), rows)


def queries(env, count: int, seed: int) -> list[dict]:
    """Return what is typed: beginnings of names that are known and of others, some with
    a phone."""
    dice, words = random.Random(seed + 1), Words()
    env.cr.execute(
        "SELECT name FROM res_partner WHERE is_company ORDER BY MD5(id::text) LIMIT %s",
        [count],
    )
    known = [name for (name,) in env.cr.fetchall()]
    others = list(names(count, dice, words))
    typed = []
    for at in range(count):
        name = known[at % len(known)] if at % 3 else others[at]
        if at % 5 == 0:
            name = otherwise(name, dice)
        least = 2 if name[0] > "z" else 3
        name = name[: dice.randint(least, len(name))] if at % 2 else name
        values = {"name": name, "is_company": True}
        if at % 4 == 0:
            values |= {"phone": phone(dice), "email": mail(at, dice)}
        typed.append(values)
    return typed


def typed(env, count: int = QUERIES, seed: int = SEED):
    """A salesperson types names into the form of a customer (see measure.py)."""
    asked = queries(env, count, seed)
    user = env["res.users"].search([("login", "=", SELLER)])
    context = {"allowed_company_ids": user.company_ids.ids, "lang": "en_US"}
    env = env(user=user.id, su=False, context=context)
    partners = env["res.partner"]
    partners.funnel_find_similar({"name": "新航"})  # reads the tables

    def run():
        seconds, found = [], 0
        for values in asked:
            env.invalidate_all()
            started = time.perf_counter()
            found += bool(partners.funnel_find_similar(values))
            seconds.append(time.perf_counter() - started)
        return sorted(seconds), found

    def answer(result):
        seconds, found = result
        told = {
            f"p{part}": 1000 * seconds[int(len(seconds) * part / 100) - 1]
            for part in (50, 95, 99, 100)
        }
        return {"queries": len(seconds), "with an answer": found, **told}

    return run, answer


def step(env, count: int = 5):
    """Some steps of the scan of all customers and leads."""
    scan = env["funnel.collision.scan"].sudo()._start()

    def run():
        for _ in range(count):
            scan._step()
        return scan

    return run, lambda scan: {"records": scan.done, "pairs": scan.found}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--partners", type=int, default=PARTNERS)
    parser.add_argument("--leads", type=int, default=LEADS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    size = chosen.partners, chosen.leads, chosen.seed
    if chosen.inside:
        print(json.dumps(fill(chosen.inside, *size)))
        return 0
    from bench import company
    from dev import surroundings

    surroundings.ensure()
    database = company.with_names(*size)
    for work, options in (("typed", {}), ("step", {})):
        told = company.python(
            "measure",
            database,
            f"collision.{work}",
            json.dumps(options),
            what=f"Measuring the collision check, {work}",
        )
        print(work, told.strip().splitlines()[-1])
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    sys.exit(main(sys.argv[1:]))
