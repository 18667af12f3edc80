{
    "name": "CRM Sales Funnel",
    "version": "19.0.1.0.0",
    "category": "Sales/CRM",
    "summary": "Follow every customer from the first contact to the last payment",
    "author": "crm_sales_funnel contributors",
    "license": "LGPL-3",
    "depends": [
        "account",
        "contacts",
        "phone_validation",
        "purchase_stock",
        "sale_crm",
        "sale_management",
        "sale_margin",
        "sale_stock",
    ],
    "data": [
        # security
        "security/funnel_groups.xml",
        "security/ir.model.access.csv",
        "security/base_rules.xml",
        "security/printing_rules.xml",
        "security/contact_rules.xml",
        "security/receivable_rules.xml",
        "security/order_rules.xml",
        # reports
        "reports/receivable/funnel_aging_report_views.xml",
        # data
        "data/printing_data.xml",
        "data/printing_presets.xml",
        "data/contact_data.xml",
        # reports that refer to the data
        "reports/printing/delivery_slip_reports.xml",
        "reports/printing/goods_receipt_reports.xml",
        "reports/printing/purchase_order_reports.xml",
        "reports/printing/sale_order_reports.xml",
        "reports/printing/voucher_reports.xml",
        # wizards that views refer to
        "wizards/printing/funnel_print_options_views.xml",
        "wizards/printing/funnel_print_layout_import_views.xml",
        "wizards/printing/funnel_print_void_views.xml",
        "wizards/printing/mail_compose_message_views.xml",
        # views
        "views/base/res_config_settings_views.xml",
        "views/printing/funnel_print_paper_views.xml",
        "views/printing/funnel_print_layout_views.xml",
        "views/printing/funnel_print_rule_views.xml",
        "views/printing/funnel_print_log_views.xml",
        "views/printing/funnel_print_sequence_views.xml",
        "views/printing/funnel_print_slip_views.xml",
        "views/printing/stock_picking_views.xml",
        "views/printing/res_config_settings_views.xml",
        "views/contact/funnel_contact_channel_views.xml",
        "views/contact/funnel_contact_outcome_views.xml",
        "views/contact/funnel_contact_log_views.xml",
        "wizards/contact/funnel_customer_create_views.xml",
        "views/contact/res_partner_views.xml",
        "views/contact/crm_lead_views.xml",
        "views/contact/document_views.xml",
        "views/order/funnel_customer_product_views.xml",
        "views/order/stock_picking_views.xml",
        "views/order/sale_order_views.xml",
        "views/today/today_action.xml",
        "views/receivable/account_move_views.xml",
        "views/receivable/res_config_settings_views.xml",
        # menus
        "views/menus.xml",
    ],
    "demo": [
        "demo/demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "crm_sales_funnel/static/src/**/*",
            # Odoo loads pivot and graph views when the first one is opened.
            ("remove", "crm_sales_funnel/static/src/aging/aging_views.js"),
        ],
        "web.assets_backend_lazy": [
            "crm_sales_funnel/static/src/aging/aging_views.js",
        ],
    },
    "application": True,
}
