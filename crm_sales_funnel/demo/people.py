"""The people who work there: one for each role, and the sales teams."""

from odoo import Command

from .story import MODULE, ZONE

STAFF = (
    # login and password, name, language, roles
    ("sales", "王芳 Wang Fang", "en_US", ("salesperson",)),
    ("sales.zh", "张伟 Zhang Wei", "zh_CN", ("salesperson",)),
    ("sales.anna", "Anna Keller", "en_US", ("salesperson",)),
    ("sales.daniel", "Daniel Hughes", "en_US", ("salesperson",)),
    ("leader", "李建国 Li Jianguo", "en_US", ("team_leader",)),
    ("manager", "赵敏 Zhao Min", "en_US", ("manager",)),
    ("orderdesk", "刘洋 Liu Yang", "en_US", ("order_desk",)),
    ("warehouse", "孙强 Sun Qiang", "en_US", ("warehouse",)),
    ("finance", "周婷 Zhou Ting", "en_US", ("finance",)),
    ("purchasing", "吴磊 Wu Lei", "en_US", ("purchasing",)),
    ("both", "黄丽 Huang Li", "en_US", ("order_desk", "finance")),
    ("sales.left", "陈杰 Chen Jie", "zh_CN", ("salesperson",)),
)
LEFT = "sales.left"  # has left the company, the customers are still in that name
TEAMS = {
    # key: (name, Chinese name, leader, members)
    "asia": ("China and Asia", "中国及亚洲", "leader", ("leader", "sales", "sales.zh")),
    "overseas": ("Overseas", "海外", "manager", ("sales.anna", "sales.daniel")),
}


def create_people(story):
    """Make one user a role and the teams; a user's password is the login."""
    env = story.env
    staff = env["res.users"].create([_prepare_user_vals(story, *row) for row in STAFF])
    # Their addresses are nothing to the other companies.
    staff.partner_id.company_id = story.company
    for (login, *_rest), user in zip(STAFF, staff, strict=True):
        story.users[login] = user
        story.name(user, f"demo_user_{login.replace('.', '_')}")
    # New users are put on the list of the weekly mail: these have no mailbox.
    env["digest.digest"].search([]).user_ids -= staff
    for key, (name, zh, leader, members) in TEAMS.items():
        team = env["crm.team"].create(
            {
                "name": name,
                "company_id": story.company.id,
                "user_id": story.users[leader].id,
                "member_ids": [Command.set([story.users[m].id for m in members])],
                "use_leads": False,
            }
        )
        story.translate(team, zh)
        story.name(team, f"demo_team_{key}")
        story.teams[key] = team


def team_of(story, login: str):
    """Return the team of a salesperson; the leaver sold in the first one."""
    for key, (_name, _zh, _leader, members) in TEAMS.items():
        if login in members:
            return story.teams[key]
    return story.teams["asia"]


def _prepare_user_vals(story, login, name, lang, roles):
    env, company = story.env, story.company
    groups = [f"{MODULE}.group_funnel_{role}" for role in roles]
    if _is_taken(env, login):
        login = f"{login}.demo"
    return {
        "name": name,
        "login": login,
        "password": login,
        "email": f"{login}@rongzhou.example.com",
        "lang": lang,
        "tz": ZONE.zone,
        "active": not login.startswith(LEFT),
        "company_id": company.id,
        "company_ids": [Command.set(company.ids)],
        "notification_type": "inbox",
        "group_ids": [
            Command.set([env.ref(group).id for group in (*groups, "uom.group_uom")])
        ],
    }


def _is_taken(env, login: str) -> bool:
    users = env["res.users"].with_context(active_test=False)
    return bool(users.search_count([("login", "=", login)], limit=1))
