"""The scan for duplicates, killed at random and started twice: real processes on a real
database."""

from concurrent.futures import ThreadPoolExecutor

from jobs import kill_at_random

from dev import cluster, odoo

PAIRS = 60
PREPARE = f"""
env["ir.cron"].search([]).active = False
for n in range({PAIRS}):
    brand = chr(0x4E10 + 7 * n) + chr(0x5E10 + 11 * n)
    env["res.partner"].create([
        {{"name": f"深圳市{{brand}}科技有限公司", "is_company": True}},
        {{"name": f"{{brand}}科技", "is_company": True}},
    ])
env["funnel.collision"].search([]).unlink()
env.cr.commit()
"""
JOB = """
from odoo.addons.crm_sales_funnel.models.customer import funnel_collision_scan
funnel_collision_scan.AT_ONCE = 2
env = env(user=env.ref("base.user_root"))
env["funnel.collision.scan"]._cron_scan()
env.cr.commit()
"""
# The scans, how many are done, whether all was looked through; the pairs, and those that
# are there once.
FOUND = """
    SELECT json_build_array(
        (SELECT count(*) FROM funnel_collision_scan),
        (SELECT count(*) FROM funnel_collision_scan
          WHERE state = 'done' AND done = total),
        count(*),
        count(DISTINCT (partner_id, other_partner_id)))
      FROM funnel_collision
      JOIN res_partner AS partner ON partner.id = partner_id
     WHERE partner.name LIKE '深圳市%'
"""


def test_killed_at_random_and_two_at_once_each_pair_is_found_once(make_database):
    database = make_database(addon=True)
    odoo.shell(database, PREPARE)
    kill_at_random(database, JOB, 5, latest=6)
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(odoo.shell, database, JOB) for _ in range(2)]
        for job in jobs:
            job.result()
    odoo.shell(database, JOB)
    assert cluster.query(FOUND, database) == f"[1, 1, {PAIRS}, {PAIRS}]"
