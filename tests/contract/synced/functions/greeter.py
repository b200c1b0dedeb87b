from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    print("greets", event["name"])
    return context.step(lambda _: "hello " + event["name"], name="greet")
