create table customers (id integer primary key, name text not null, country text not null);
create table orders (id integer primary key, customer_id integer not null references customers, placed text not null, status text not null);
create table items (order_id integer not null references orders, sku text not null, quantity integer not null, cents integer not null);
create table payments (order_id integer not null references orders, received text not null, cents integer not null);
