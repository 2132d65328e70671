"""From an order history to a scenario: demand, service mix, transit times and the labour they ask for."""
