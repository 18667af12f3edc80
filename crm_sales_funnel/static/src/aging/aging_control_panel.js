import {onMounted, useState} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {useBus} from "@web/core/utils/hooks";
import {ControlPanel} from "@web/search/control_panel/control_panel";
import {AgingTieOutDialog} from "./aging_tie_out_dialog";

const {DateTime} = luxon;

/**
 * Control panel of the aging: the date that it is as of, and below it the line that
 * compares its sum with the general ledger.
 */
export class AgingControlPanel extends ControlPanel {
    static template = "crm_sales_funnel.AgingControlPanel";
    static components = {...ControlPanel.components, DateTimeInput};

    setup() {
        super.setup();
        this.keepLast = new KeepLast();
        this.tieOut = useState({data: null});
        useBus(this.env.searchModel, "update", () => this.loadTieOut());
        // Not before the first rendering: the rows do not wait for the comparison.
        onMounted(() => this.loadTieOut());
    }

    get context() {
        return this.env.searchModel.context;
    }

    get today() {
        return DateTime.local().startOf("day");
    }

    get asOf() {
        const {as_of: asOf} = this.context;
        return asOf ? deserializeDate(asOf) : this.today;
    }

    get shortcuts() {
        const lastOf = (unit) => this.today.startOf(unit).minus({days: 1});
        return [
            {title: _t("Today"), date: this.today},
            {title: _t("End of last month"), date: lastOf("month")},
            {title: _t("End of last quarter"), date: lastOf("quarter")},
            {title: _t("End of last year"), date: lastOf("year")},
        ];
    }

    setAsOf(date) {
        const isToday = !date || date.hasSame(this.today, "day");
        this.env.searchModel.setAsOf(isToday ? false : serializeDate(date));
    }

    async loadTieOut() {
        const {as_of, account_type} = this.context;
        const key = JSON.stringify([as_of, account_type]);
        if (key === this.loadedKey) {
            return;
        }
        this.loadedKey = key;
        this.tieOut.data = null;
        this.tieOut.data = await this.keepLast.add(
            this.orm.call("funnel.aging.report", "get_tie_out", [], {
                context: this.context,
            }),
        );
    }

    amount(company, name) {
        return formatCurrency(company[name], company.currency_id);
    }

    explain() {
        this.dialogService.add(AgingTieOutDialog, {
            tieOut: this.tieOut.data,
            context: this.context,
        });
    }
}
