import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

/**
 * Does much, some of it at a time, and tells how far it is: calls a method of records
 * again and again until it returns an action. What is done when the dialog is closed
 * stays; the rest is done by the next run.
 */
export class Progress extends Component {
    static template = "crm_sales_funnel.Progress";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const {total} = this.props.action.params;
        this.state = useState({done: 0, total, stopped: false});
        onMounted(() => this.run());
        onWillUnmount(() => (this.state.stopped = true));
    }

    get text() {
        const {done, total} = this.state;
        return _t("%(done)s of %(total)s customers", {done, total});
    }

    get percent() {
        return Math.round((100 * this.state.done) / Math.max(this.state.total, 1));
    }

    async run() {
        const {model, method, ids} = this.props.action.params;
        while (!this.state.stopped) {
            const {done, total, action} = await this.orm.call(model, method, [ids]);
            Object.assign(this.state, {done, total});
            if (action) {
                this.state.stopped = true;
                await this.action.doAction(action);
            }
        }
    }

    stop() {
        this.state.stopped = true;
        this.action.doAction({type: "ir.actions.act_window_close"});
    }
}

registry.category("actions").add("funnel_progress", Progress);
