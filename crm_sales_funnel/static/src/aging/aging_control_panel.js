import {onMounted, useState} from "@odoo/owl";
import {formatCurrency} from "@web/core/currency";
import {KeepLast} from "@web/core/utils/concurrency";
import {useBus} from "@web/core/utils/hooks";
import {AgingTieOutDialog} from "./aging_tie_out_dialog";
import {AsOfControlPanel} from "./as_of_control_panel";

/**
 * Control panel of the aging: beside the date the line that compares its sum with the
 * general ledger, and adds what the ledger does not know yet.
 */
export class AgingControlPanel extends AsOfControlPanel {
    static template = "crm_sales_funnel.AgingControlPanel";

    setup() {
        super.setup();
        this.keepLast = new KeepLast();
        this.tieOut = useState({data: null});
        useBus(this.env.searchModel, "update", () => this.loadTieOut());
        // Not before the first rendering: the rows do not wait for the comparison.
        onMounted(() => this.loadTieOut());
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
            this.orm.call(this.env.searchModel.resModel, "get_tie_out", [], {
                context: this.context,
            }),
        );
    }

    amount(company, name) {
        return formatCurrency(company[name], company.currency_id);
    }

    /** What is delivered and not invoiced of one company, at the date shown here. */
    openUninvoiced(company) {
        const several = this.tieOut.data.companies.length > 1;
        return this.actionService.doAction(
            "crm_sales_funnel.funnel_uninvoiced_report_action",
            {
                additionalContext: {
                    as_of: this.context.as_of || false,
                    ...(several && {search_default_company_id: company.id}),
                },
            },
        );
    }

    explain() {
        this.dialogService.add(AgingTieOutDialog, {
            tieOut: this.tieOut.data,
            resModel: this.env.searchModel.resModel,
            context: this.context,
        });
    }
}
