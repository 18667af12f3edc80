import {download} from "@web/core/network/download";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

/**
 * Downloads what print layouts print: as Excel from the Print menu, and with options
 * (certain pages or copies).
 */
async function printByLayout(action, _options, env) {
    if (!["funnel-xlsx", "funnel-print"].includes(action.report_type)) {
        return false;
    }
    const context = {...user.context, ...action.context};
    const data = {ids: (context.active_ids || []).join(","), ...action.data};
    if (!data.layout_id) {
        data.report_id = action.id;
    }
    env.services.ui.block();
    try {
        await download({
            url: "/funnel/print",
            data: {...data, context: JSON.stringify(context)},
        });
    } finally {
        env.services.ui.unblock();
    }
    return true;
}

registry.category("ir.actions.report handlers").add("funnel_print", printByLayout);
